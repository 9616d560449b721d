"""What every place with files must do, against a real one of its kind."""

import datetime as dt
import io
import os
import zipfile
from dataclasses import replace

import botocore.auth
import botocore.awsrequest
import botocore.credentials
import pytest

from stockturn.intake.feeds.run import run_feed
from stockturn.intake.feeds.store import Feeds
from stockturn.intake.sources.failures import (
    FolderNotAllowed,
    SourceFailure,
    SourceForbidden,
    SourceGone,
    SourceMissing,
    SourceRefused,
    SourceUnreachable,
)
from stockturn.intake.sources.files.folder import Folder
from stockturn.intake.sources.files.place import FilesSource
from stockturn.intake.sources.files.s3 import Bucket, signed
from stockturn.intake.sources.files.sftp import HostKeyUnconfirmed
from stockturn.intake.sources.kinds import KINDS
from stockturn.intake.sources.source import Ground, Overlap, Request, Since
from stockturn.intake.sources.store import Sources
from tests.intake.conftest import SMALL, text
from tests.intake.sources.places import PLACES, FolderPlace, S3Server, SftpServer

ONE = "日期,数量\n2024-01-05,1\n".encode()
TWO = "日期,数量\n2024-01-06,2\n".encode()


def quiet(*_):
    return


@pytest.fixture(scope="module", params=PLACES, ids=lambda place: place.key)
def started(request, tmp_path_factory):
    made = request.param(tmp_path_factory.mktemp(request.param.key))
    yield made
    made.stop()


@pytest.fixture
def place(started):
    started.clear()
    return started


def take(source, folder, what="*", cursor=None):
    folder.mkdir()
    since = Since("", cursor, Overlap(0, "rows"))
    fetched = source.fetch(Request(what, "x", since=since), folder, quiet)
    return fetched, {path.name: path.read_bytes() for path in fetched.files}


def test_every_kind_of_files_is_in_this_suite():
    kinds = {key for key, kind in KINDS.items() if kind.group == "files"}
    assert {place.key for place in PLACES} <= kinds


def test_a_connection_that_works_counts_the_files(place):
    place.put("流水.csv", ONE)
    tested = place.source().test()
    assert tested.server
    assert "1" in tested.remarks[0].zh


def test_files_are_taken_once(place, tmp_path):
    place.put("流水1.csv", ONE)
    first, found = take(place.source(), tmp_path / "a")
    assert found == {"流水1.csv": ONE}
    again, found = take(place.source(), tmp_path / "b", cursor=first.cursor)
    assert (found, again.cursor) == ({}, first.cursor)
    place.put("流水2.csv", TWO)
    second, found = take(place.source(), tmp_path / "c", cursor=first.cursor)
    assert found == {"流水2.csv": TWO}
    # A run that did not commit its cursor takes them again.
    _, found = take(place.source(), tmp_path / "d", cursor=first.cursor)
    assert found == {"流水2.csv": TWO}
    assert second.cursor != first.cursor


def test_a_file_that_changed_is_taken_again(place, tmp_path):
    place.put("流水.csv", ONE)
    first, _ = take(place.source(), tmp_path / "a")
    place.put("流水.csv", ONE + TWO)
    _, found = take(place.source(), tmp_path / "b", cursor=first.cursor)
    assert found == {"流水.csv": ONE + TWO}


def test_only_what_fits_and_can_be_read(place, tmp_path):
    for name in ("流水.csv", "库存.csv", "流水.docx", ".流水.csv", "流水.csv.part", "~$流水.xlsx"):
        place.put(name, ONE)
    _, found = take(place.source(), tmp_path / "a", what="流水*")
    assert list(found) == ["流水.csv"]
    listed = [each.what for each in place.source().tables()]
    assert listed == ["*", "*.csv"]


def test_a_preview_is_of_the_newest_file(place):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("流水.csv", TWO)
    place.put("流水.zip", packed.getvalue())
    shown = place.source().preview("*.zip", 5)
    assert shown.to_pylist() == [{"日期": "2024-01-06", "数量": "2"}]
    with pytest.raises(SourceMissing):
        place.source().preview("*.parquet", 5)


def test_loaded_files_are_moved_by_the_next_run(place, tmp_path):
    if not place.moves:
        pytest.skip("nothing is written to a bucket")
    place.put("流水.csv", ONE)
    first, _ = take(place.source(moves=True), tmp_path / "a")
    assert place.names() == ["流水.csv"], "moved before it was in the ledger"
    place.put("别的.csv", TWO)
    second, found = take(place.source(moves=True), tmp_path / "b", cursor=first.cursor)
    assert list(found) == ["别的.csv"]
    assert place.names() == ["loaded/流水.csv", "别的.csv"]
    place.put("流水.csv", TWO)
    third, found = take(place.source(moves=True), tmp_path / "c", cursor=second.cursor)
    take(place.source(moves=True), tmp_path / "d", cursor=third.cursor)
    assert len(place.names()) == 3
    assert found == {"流水.csv": TWO}


def test_an_empty_place(place, tmp_path):
    fetched, found = take(place.source(), tmp_path / "a")
    assert (fetched.files, found, fetched.cursor) == ((), {}, "")


# --- each place's own -----------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path):
    return FolderPlace(tmp_path)


def test_a_folder_outside_the_listed_ones(folder, tmp_path_factory):
    with pytest.raises(FolderNotAllowed):
        folder.source(folder=str(tmp_path_factory.mktemp("other")))
    (folder.root / "out").symlink_to("/etc")
    with pytest.raises(FolderNotAllowed):
        folder.source(folder=str(folder.root / "out"))


def test_links_and_pipes_are_no_files(folder, tmp_path):
    secret = tmp_path / "secret.csv"
    secret.write_bytes(ONE)
    (folder.root / "link.csv").symlink_to(secret)
    os.mkfifo(folder.root / "pipe.csv")
    (folder.root / "folder.csv").mkdir()
    _, found = take(folder.source(), tmp_path / "a")
    assert found == {}


def test_a_file_that_is_still_written_waits(folder, tmp_path):
    folder.put("流水.csv", ONE)
    fetched, found = take(folder.source(settles=3600), tmp_path / "a")
    assert found == {}
    assert "1" in fetched.remarks[0].zh
    later = FilesSource(Folder(folder.root, settle_seconds=3600, now=lambda: 4e9), moves=False)
    _, found = take(later, tmp_path / "b", cursor=fetched.cursor)
    assert list(found) == ["流水.csv"]


def test_a_file_that_changes_while_it_is_read(folder, tmp_path):
    folder.put("流水.csv", ONE)
    opened = Folder(folder.root, settle_seconds=0)
    entry = next(opened.entries())
    folder.put("流水.csv", ONE + TWO)
    with pytest.raises(SourceGone) as caught:
        opened.copy(entry, tmp_path / "copy")
    assert caught.value.can_pass


@pytest.fixture(scope="module")
def bucket(tmp_path_factory):
    made = S3Server(tmp_path_factory.mktemp("s3"))
    yield made
    made.stop()


def test_more_objects_than_one_answer_holds(bucket, tmp_path):
    bucket.clear()
    for number in range(1_005):
        bucket.put(f"{number:04}.csv", b"a\n1\n")
    fetched, _ = take(bucket.source(), tmp_path / "a", what="100*")
    assert [path.name for path in fetched.files] == [f"100{n}.csv" for n in range(5)]


def test_objects_of_one_name_in_two_folders(bucket, tmp_path):
    bucket.clear()
    bucket.put("一月/流水.csv", ONE)
    bucket.put("二月/流水.csv", TWO)
    fetched, _ = take(bucket.source(), tmp_path / "a")
    assert sorted(path.read_bytes() for path in fetched.files) == [ONE, TWO]


def test_a_bucket_that_is_not_there(bucket, tmp_path):
    with pytest.raises(SourceMissing):
        take(bucket.source(bucket="other"), tmp_path / "a")


@pytest.mark.parametrize("by_path", [True, False])
def test_signatures_are_those_of_botocore(by_path):
    bucket = Bucket(
        "https", "s3.example.com", 443, "exports", "erp/", "cn-north-1", "AK", "S3CRET", by_path
    )
    now = dt.datetime(2024, 1, 5, 1, 2, 3, tzinfo=dt.UTC)
    url, headers = signed(bucket, "erp/一 月+(1).csv", {"prefix": "a/b c", "list-type": "2"}, now)
    request = botocore.awsrequest.AWSRequest("GET", url)
    request.headers["X-Amz-Content-SHA256"] = headers["x-amz-content-sha256"]
    request.context["timestamp"] = headers["x-amz-date"]
    signer = botocore.auth.S3SigV4Auth(
        botocore.credentials.Credentials("AK", "S3CRET"), "s3", "cn-north-1"
    )
    request.headers["X-Amz-Date"] = headers["x-amz-date"]
    wanted = signer.signature(
        signer.string_to_sign(request, signer.canonical_request(request)), request
    )
    assert headers["Authorization"].endswith(f"Signature={wanted}")


@pytest.fixture(scope="module")
def sshd(tmp_path_factory):
    made = SftpServer(tmp_path_factory.mktemp("sftp"))
    yield made
    made.stop()


@pytest.mark.parametrize("confirmed", ["", "SHA256:" + "A" * 43])
def test_an_unconfirmed_host_key_stops_before_signing_in(sshd, confirmed):
    with pytest.raises(HostKeyUnconfirmed) as caught:
        sshd.source(host_key=confirmed).test()
    assert sshd.fingerprint in caught.value.message.zh
    assert not caught.value.can_pass


def test_a_user_that_is_refused(sshd):
    with pytest.raises(SourceRefused) as caught:
        sshd.source(private_key="", password="s3cret").test()
    assert "s3cret" not in caught.value.message.en
    with pytest.raises(SourceRefused, match="phrase"):
        sshd.source(private_key="no key").test()


def test_a_server_that_is_no_ssh_or_not_allowed(sshd, bucket):
    with pytest.raises(SourceUnreachable):
        sshd.source(port=1).test()
    kind = KINDS["sftp"]
    form = {"host": "127.0.0.1", "user": "x", "password": "y"}
    with pytest.raises(SourceFailure, match="outbound_private_hosts"):
        kind.connect(kind.read(form), Ground("UTC")).test()


def test_a_folder_that_is_not_there(sshd):
    with pytest.raises((SourceMissing, SourceForbidden)):
        sshd.source(folder="/no/such").test()


# --- as a feed -----------------------------------------------------------------------------------


def test_a_feed_takes_each_file_once_and_a_held_one_again(folder, workspace, monkeypatch):
    settings = replace(workspace.settings, source_folders=str(folder.root.parent))
    monkeypatch.setattr(workspace, "settings", settings)
    (workspace.packs / "small.yaml").write_text(SMALL, encoding="utf-8")
    form = {"folder": str(folder.root), "settles": 0, "moves": True}
    Sources(workspace).add("交换区", "folder", form)
    Feeds(workspace).add("daily", "交换区", {"what": "流水*", "mapping": "small"})
    assert run_feed(workspace, "daily").status == "nothing_new"
    folder.put("流水1.csv", text("2024-01-05,采购入库,0001,A,10,1.5").encode())
    first = run_feed(workspace, "daily")
    assert (first.status, first.rows_loaded) == ("loaded", 1), first.message.en
    assert run_feed(workspace, "daily").status == "nothing_new"
    assert folder.names() == ["loaded/流水1.csv"]
    bad = text("2024-01-06,采购入库,0001,A,many,1.5").encode()
    folder.put("流水2.csv", bad)
    assert run_feed(workspace, "daily").status == "held"
    assert "流水2.csv" in folder.names()
    folder.put("流水2.csv", bad.replace(b"many", b"7"))
    assert run_feed(workspace, "daily").rows_loaded == 1


@pytest.mark.parametrize("kind", [S3Server, SftpServer], ids=lambda kind: kind.key)
def test_a_server_killed_between_two_files_can_be_tried_again(kind, tmp_path):
    place = kind(tmp_path)
    for number in range(3):
        place.put(f"{number}.csv", ONE + b"2024-01-07,3\n" * 100_000)

    def kill(_stage, done, _total):
        if done == 1:
            place.kill()

    (tmp_path / "out").mkdir()
    request = Request("*", "x", since=Since("", None, Overlap(0, "rows")))
    with pytest.raises(SourceFailure) as failure:
        place.source().fetch(request, tmp_path / "out", kill)
    assert failure.value.can_pass
