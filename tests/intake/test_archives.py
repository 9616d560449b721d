"""Zip archives: members are files of the load, and no archive gets further than its folder."""

import io
import shutil
import struct
import zipfile
import zlib

import pytest

from stockturn.intake import archive, unpack
from stockturn.intake.archive import unpack_archive
from stockturn.intake.load import load_files
from stockturn.intake.mapping_yaml import read_mapping
from stockturn.intake.problems import FileHeld
from stockturn.language import UsageError
from tests.intake.conftest import HEADER, ROWS, SMALL, text

GOOD = text(*ROWS).encode()
MORE = text("2024-02-01,采购入库,0003,B,7,2").encode()


def packed(*members, method=zipfile.ZIP_DEFLATED):
    """Return an archive; a member is (name or ZipInfo, bytes)."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as writing:
        for name, content in members:
            writing.writestr(name, content)
    return stream.getvalue()


def renamed(content, old, new):
    """Return an archive with a member's name replaced by bytes of the same length."""
    assert len(old) == len(new)
    return content.replace(old, new)


@pytest.fixture
def opened(tmp_path):
    """Return a function that unpacks an archive and gives name -> bytes."""

    def run(content, name="包.zip"):
        path = tmp_path / "kept"
        path.write_bytes(content)
        into = tmp_path / "into"
        shutil.rmtree(into, ignore_errors=True)
        into.mkdir()
        written = unpack_archive(path, name, into)
        for file in written:
            assert file.parent.parent == into
        everything = {p for p in tmp_path.rglob("*") if p.is_file()} - {path}
        assert everything == set(written)
        return [(file.name, file.read_bytes()) for file in written]

    return run


@pytest.fixture
def refused(opened):
    def run(content):
        with pytest.raises(FileHeld) as caught:
            opened(content)
        assert "包.zip" in caught.value.message.zh
        assert "{" not in caught.value.message.en
        return caught.value

    return run


def test_members_come_out_whole(opened):
    content = packed(("一月/流水.csv", GOOD), ("二月/流水.csv", MORE), ("说明.docx", b"x"))
    assert opened(content) == [("流水.csv", GOOD), ("流水.csv", MORE)]
    stored = packed(("流水.csv", GOOD), method=zipfile.ZIP_STORED)
    assert opened(stored) == [("流水.csv", GOOD)]


@pytest.mark.parametrize("codec", ["gbk", "utf-8"])
def test_names_of_old_chinese_tools(opened, codec):
    wanted = "库存流水、乙.csv".encode(codec)
    content = packed(("a" * len(wanted), GOOD))
    found = opened(renamed(content, b"a" * len(wanted), wanted))
    assert found == [("库存流水、乙.csv", GOOD)]


def test_a_name_whose_second_byte_is_a_backslash(opened):
    wanted = "誠.csv".encode("gbk")  # 0xD55C would be, were it GBK: 誠 ends in 0x5C in Big5 and GBK
    content = renamed(packed(("a" * len(wanted), GOOD)), b"a" * len(wanted), wanted)
    assert opened(content) == [("誠.csv", GOOD)]


def test_a_name_told_in_the_field_for_it(opened):
    entry = zipfile.ZipInfo("x.csv")
    told = "流水.csv".encode()
    body = struct.pack("<BL", 1, zlib.crc32(b"x.csv")) + told
    entry.extra = struct.pack("<HH", 0x7075, len(body)) + body
    assert opened(packed((entry, GOOD))) == [("流水.csv", GOOD)]


@pytest.mark.parametrize(
    "name",
    ["../../流水.csv", "/etc/流水.csv", "C:\\x\\流水.csv", "..\\流水.csv", "a/../../流水.csv"],
)
def test_no_name_leads_out(opened, name):
    assert opened(packed((name, GOOD))) == [("流水.csv", GOOD)]


def test_long_and_strange_names(opened):
    long, strange = opened(packed(("长" * 300 + ".csv", GOOD), ("a\u202eb\tc.csv", MORE)))
    assert long[0].endswith("长.csv")
    assert len(long[0].encode()) <= archive.LONGEST_NAME
    assert strange == ("abc.csv", MORE)


def test_what_systems_leave_behind_is_no_member(opened):
    content = packed(
        ("__MACOSX/._流水.csv", b"x"), ("~$流水.xlsx", b"x"), ("d/", b""), ("d/流水.csv", GOOD)
    )
    assert opened(content) == [("流水.csv", GOOD)]


def test_an_archive_in_an_archive(refused):
    failure = refused(packed(("流水.csv", GOOD), ("内/更多.ZIP", packed(("a.csv", GOOD)))))
    assert failure.reason == "archive_nested"
    assert "内/更多.ZIP" in failure.message.zh


def test_a_link(refused):
    entry = zipfile.ZipInfo("流水.csv")
    entry.create_system = 3
    entry.external_attr = 0o120777 << 16
    assert refused(packed((entry, b"/etc/passwd"))).reason == "archive_link"


def test_protected(refused):
    content = bytearray(packed(("流水.csv", GOOD)))
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(mark) + place] |= 1
    failure = refused(bytes(content))
    assert failure.reason == "archive_password"
    assert "密码" in failure.message.zh


def test_methods_of_packing_that_are_not_read(refused):
    failure = refused(packed(("流水.csv", GOOD), method=zipfile.ZIP_LZMA))
    assert failure.reason == "bad_archive"
    assert "14" in failure.message.en


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no zip",
        packed(("流水.csv", GOOD * 50))[:-40],
        packed(("流水.csv", b"\0" * 99), method=zipfile.ZIP_STORED).replace(b"\0" * 99, b"\1" * 99),
    ],
    ids=["empty", "text", "cut", "changed"],
)
def test_damaged(refused, content):
    assert refused(content).reason == "bad_archive"


def test_a_bomb_is_counted_not_believed(refused):
    content = bytearray(packed(("流水.csv", b" " * 30_000_000)))
    size = (30_000_000).to_bytes(4, "little")
    while (place := content.find(size)) >= 0:
        content[place : place + 4] = (100).to_bytes(4, "little")
    assert refused(bytes(content)).reason == "archive_bomb"


def test_many_members_share_one_limit(refused, monkeypatch):
    monkeypatch.setattr(unpack, "MOST_UNPACKED", 3 * len(GOOD))
    assert refused(packed(*((f"{n}.csv", GOOD) for n in range(4)))).reason == "archive_bomb"
    monkeypatch.setattr(archive, "MOST_ENTRIES", 3)
    assert refused(packed(*((f"{n}.csv", b"") for n in range(4)))).reason == "archive_bomb"


def test_nothing_to_load(refused):
    failure = refused(packed(("说明.docx", b"x"), ("图.png", b"x")))
    assert failure.reason == "archive_empty"
    assert "说明.docx、图.png" in failure.message.zh


def test_a_workbook_named_zip(refused):
    assert ".xlsx" in refused(packed(("[Content_Types].xml", b"x"))).message.en


# --- whole loads ---------------------------------------------------------------------------------

MAPPING = read_mapping(SMALL)


def test_each_member_is_a_file_of_the_load(workspace, tmp_path):
    path = tmp_path / "2024.zip"
    path.write_bytes(packed(("一/流水1.csv", GOOD), ("流水2.csv", MORE), ("报价.csv", b"a\n1\n")))
    report = load_files(workspace, [path], MAPPING)
    assert (report.status, report.rows_loaded) == ("loaded", 3)
    assert [file.name for file in report.files] == ["流水1.csv", "流水2.csv"]
    assert any("报价.csv" in warning.zh for warning in report.warnings)
    assert load_files(workspace, [path], MAPPING).status == "nothing_new"
    assert list(workspace.staging.glob("load-*")) == []


def test_a_member_loaded_before_by_itself_is_known(workspace, tmp_path):
    (tmp_path / "流水1.csv").write_bytes(GOOD)
    load_files(workspace, [tmp_path / "流水1.csv"], MAPPING)
    (tmp_path / "b.zip").write_bytes(packed(("改了名.csv", GOOD), ("流水2.csv", MORE)))
    report = load_files(workspace, [tmp_path / "b.zip"], MAPPING)
    assert [(file.name, file.already_loaded) for file in report.files] == [("流水2.csv", False)]
    (tmp_path / "c.zip").write_bytes(packed(("改了名.csv", GOOD)))
    report = load_files(workspace, [tmp_path / "c.zip"], MAPPING)
    assert report.status == "nothing_new"


def test_an_archive_in_a_folder_stands_for_its_members(workspace, tmp_path):
    folder = tmp_path / "all"
    folder.mkdir()
    (folder / "随便.zip").write_bytes(packed(("流水1.csv", GOOD)))
    (folder / "流水2.csv").write_bytes(MORE)
    assert load_files(workspace, [folder], MAPPING).rows_loaded == 3


def test_a_bad_archive_holds_the_load(workspace, tmp_path):
    (tmp_path / "流水.csv").write_bytes(GOOD)
    (tmp_path / "坏.zip").write_bytes(b"no zip")
    report = load_files(workspace, [tmp_path / "流水.csv", tmp_path / "坏.zip"], MAPPING)
    assert (report.status, report.exit_code, report.rows_loaded) == ("held", 3, 0)
    assert "坏.zip" in report.message.zh


def test_lookups_stand_in_the_archive_too(workspace, tmp_path):
    looked = SMALL.replace("location: 仓库", "location: {lookup: w, by: 仓库, take: 码}")
    looked = looked.replace("files:", "lookups:\n  w: {match: 库.csv, key: 名}\nfiles:")
    path = tmp_path / "a.zip"
    path.write_bytes(packed(("流水.csv", GOOD), ("库.csv", "名,码\nA,W1\n".encode())))
    report = load_files(workspace, [path], read_mapping(looked))
    assert report.rows_loaded == 2
    (tmp_path / "bad").mkdir()
    with pytest.raises(UsageError):
        load_files(workspace, [tmp_path / "bad"], MAPPING)


def test_names_in_the_archive_are_told_in_messages(workspace, tmp_path):
    path = tmp_path / "a.zip"
    path.write_bytes(packed(("流水.csv", HEADER.encode() + b"\n")))
    report = load_files(workspace, [path], MAPPING)
    assert report.status == "held"
    assert "流水.csv" in report.message.zh
