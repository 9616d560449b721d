"""The command itself: quick help, two languages, and failures in one line."""

import json
import os
import subprocess
import sys

import pytest

from stockturn.cli.app import COMMANDS
from tests.cli.running import run

HEAVY = ("duckdb", "ibis", "numpy", "pyarrow", "fastapi", "uvicorn", "pydantic", "structlog")


BROKEN = """
import sys
import stockturn.metrics.measures as measures
from stockturn.cli import main
measures.MEASURES = 7
sys.argv = ["stockturn", "measures"]
main()
"""


def test_help_names_every_command_and_imports_nothing_heavy():
    program = (
        "import sys\n"
        "from stockturn.cli import main\n"
        "sys.argv = ['stockturn', '--help']\n"
        "try: main()\n"
        "except SystemExit as end: assert not end.code\n"
        f"loaded = [name for name in {HEAVY!r} if name in sys.modules]\n"
        "assert not loaded, loaded\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", program], check=False, capture_output=True, text=True
    )
    assert result.returncode == 0, result.stderr
    for name in COMMANDS:
        assert f"  {name} " in result.stdout


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself_in_both_languages(name):
    chinese, english = run(name, "--help"), run(name, "--help", "--lang", "en")
    assert chinese.returncode == english.returncode == 0, chinese.stderr + english.stderr
    assert "用法：" in chinese.stdout
    assert "显示帮助" in chinese.stdout
    assert "Usage:" in english.stdout
    assert english.stdout.isascii()


@pytest.mark.parametrize(
    "arguments",
    [
        ["--nope"],
        ["nope"],
        ["load"],
        ["show"],
        ["show", "turnover"],
        ["show", "turnover", "--grain", "fortnight"],
        ["measures", "nonsense"],
        ["serve", "--host", "no host", "--workspace", "x"],
        ["show", "turnover", "--workspace", "missing-folder"],
        ["load", "missing.csv", "--mapping", "x", "--workspace", "missing-folder"],
        ["check", "--known-answers", "missing.yaml"],
    ],
)
def test_wrong_use_is_one_line_and_exit_code_2(arguments, tmp_path):
    for language in ("zh", "en"):
        result = run(*arguments, STOCKTURN_LANG=language, HOME=str(tmp_path))
        assert result.returncode == 2
        assert len(result.stderr.splitlines()) == 1
        assert "Traceback" not in result.stderr
        assert result.stdout == ""
        assert ("错误：" in result.stderr) == (language == "zh")


def test_unexpected_failure_names_its_log_and_shows_no_trace(tmp_path):
    result = subprocess.run(
        [sys.executable, "-c", BROKEN],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path / "state")},
    )
    assert result.returncode == 1
    assert "Traceback" not in result.stderr
    log = tmp_path / "state" / "stockturn" / "log" / "stockturn.log"
    assert str(log) in result.stderr
    line = json.loads(log.read_text(encoding="utf-8").splitlines()[-1])
    assert line["error"] == "AttributeError"
    assert "Traceback" in line["exception"]


def test_init_takes_its_answers_from_flags_when_nobody_can_be_asked(tmp_path):
    folder = tmp_path / "店"
    result = run("init", folder, "--company", "示例", "--currency", "usd", "--reading", "financial")
    assert result.returncode == 0, result.stderr
    text = (folder / "settings.toml").read_text(encoding="utf-8")
    assert '\ncompany = "示例"' in text
    assert '\ncurrency = "USD"' in text
    assert '\nleading_reading = "financial"' in text
    again = run("init", folder)
    assert again.returncode == 2
    assert "workspace_exists" in again.stderr


def test_measures_prints_cards():
    listed = run("measures", "--format", "json", "--lang", "en")
    cards = {card["key"]: card for card in json.loads(listed.stdout)}
    one = run("measures", "turnover", "--lang", "en")
    assert cards["turnover"]["formula"] in one.stdout
    assert cards["turnover"]["golden_case"] in one.stdout


def test_mappings_lists_what_comes_with_the_product():
    listed = json.loads(run("mappings", "--format", "json").stdout)
    names = {each["name"] for each in listed}
    assert {"adventureworks-dw", "adventureworks-dw-standard-cost"} <= names
