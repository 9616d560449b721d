"""The order flag > variable > file > default, and the words every setting carries."""

from decimal import Decimal

import pytest

from stockturn.settings import SettingInvalid, Settings, SettingUnknown, render, resolve, table


def write(folder, text):
    (folder / "settings.toml").write_text(text, encoding="utf-8")
    return folder


def test_flag_beats_variable_beats_file_beats_default(tmp_path):
    write(tmp_path, 'company = "文件"\n')
    variable = {"STOCKTURN_COMPANY": "变量"}
    assert resolve(None, {}, {}).company == Settings().company
    assert resolve(tmp_path, {}, {}).company == "文件"
    assert resolve(tmp_path, {}, variable).company == "变量"
    assert resolve(tmp_path, {"company": "参数"}, variable).company == "参数"
    assert resolve(tmp_path, {"company": None}, variable).company == "变量"


def test_variables_are_text_and_still_typed():
    settings = resolve(
        None,
        {},
        {"STOCKTURN_LANG": "en", "STOCKTURN_DAY_CUTOFF_HOUR": "6", "STOCKTURN_REJECT_BAR": "0.2"},
    )
    assert settings.language == "en"
    assert settings.day_cutoff_hour == 6
    assert settings.reject_bar == Decimal("0.2")


def test_unknown_key_is_named(tmp_path):
    write(tmp_path, 'colour = "red"\n')
    with pytest.raises(SettingUnknown) as unknown:
        resolve(tmp_path, {}, {})
    assert "colour" in unknown.value.message.zh
    assert "settings.toml" in unknown.value.message.zh


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("language", "fr"),
        ("currency", "yuan"),
        ("time_zone", "Asia/Nowhere"),
        ("time_zone", "../etc"),
        ("day_cutoff_hour", 24),
        ("day_cutoff_hour", True),
        ("day_cutoff_hour", 1.5),
        ("reject_bar", "1.1"),
        ("reject_bar", "nan"),
        ("worker_memory_mb", "much"),
        ("company", "  "),
        ("company", "a\nb"),
        ("company", 3),
    ],
)
def test_wrong_value_is_named_with_what_is_accepted(key, value):
    with pytest.raises(SettingInvalid) as invalid:
        resolve(None, {key: value}, {})
    assert key in invalid.value.message.zh or key.replace("_", "-") in invalid.value.message.zh


def test_broken_file_is_told(tmp_path):
    with pytest.raises(SettingInvalid) as invalid:
        resolve(write(tmp_path, "company = \n"), {}, {})
    assert "TOML" in invalid.value.message.zh


def test_rendered_file_reads_back(tmp_path):
    values = {"company": '引号"与\\反斜杠', "reject_bar": "0.05", "port": 0, "language": "en"}
    settings = resolve(write(tmp_path, render(values)), {}, {})
    assert settings == Settings(
        company='引号"与\\反斜杠', reject_bar=Decimal("0.05"), port=0, language="en"
    )


def test_every_setting_is_explained_in_both_languages_and_accepts_its_default(tmp_path):
    text = render({})
    for setting in table():
        assert setting.about.zh in text
        assert setting.about.en in text
        assert setting.read(setting.default) == setting.default
    uncommented = [line.removeprefix("# ") for line in text.splitlines() if " = " in line]
    assert resolve(write(tmp_path, "\n".join(uncommented)), {}, {}) == Settings()
