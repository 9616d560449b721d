"""``stockturn rate``: converted amounts keep their rate, listed, and taken back."""

from __future__ import annotations

import json

from tests.cli.running import run
from tests.server.test_answering import DOLLARS, MONEY, RATE


def test_kept_rates_are_listed_and_taken_back(tmp_path):
    shop = tmp_path / "店"
    run("init", shop, "--company", "示例")
    (shop / "packs" / "money.yaml").write_text(MONEY, encoding="utf-8")
    where = ("--workspace", shop)
    files = {"rates.csv": RATE.format(7), "moves.csv": DOLLARS}
    for name, content in files.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
        assert run("load", tmp_path / name, "--mapping", "money", *where).returncode == 0
    restated = tmp_path / "rates.csv"
    restated.write_text(RATE.format(7.1), encoding="utf-8")
    assert run("load", restated, "--mapping", "money", *where).returncode == 3
    who = ("--by", "李", "--reason", "银行更正", *where)
    assert "还没有" in run("rate", "kept", *where).stdout
    assert run("rate", "keep", *who).returncode == 0
    undone = run("rate", "undo", "3", *who)
    assert undone.returncode == 0, undone.stderr
    assert run("rate", "undo", "3", *who).returncode == 2
    assert run("load", restated, "--mapping", "money", *where).returncode == 3
    listed = run("rate", "kept", "--format", "json", *where)
    rows = json.loads(listed.stdout)["kept"]
    assert [(row["load_no"], row["stands"]) for row in rows] == [(4, False), (3, False)]
    table = run("rate", "kept", *where).stdout
    assert "到此为止折算的全部金额" in table
    assert "第 3 次导入的决定" in table


def test_amounts_are_converted_again_once_the_restated_rate_is_loaded(tmp_path):
    shop = tmp_path / "店"
    run("init", shop, "--company", "示例")
    (shop / "packs" / "money.yaml").write_text(MONEY, encoding="utf-8")
    where = ("--workspace", shop)
    who = ("--by", "李", "--reason", "银行更正", *where)
    for name, content in {"rates.csv": RATE.format(7), "moves.csv": DOLLARS}.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
        assert run("load", tmp_path / name, "--mapping", "money", *where).returncode == 0
    assert "没有与现行汇率不同" in run("rate", "stale", *where).stdout
    (tmp_path / "rates.csv").write_text(RATE.format(7.1), encoding="utf-8")
    assert run("rate", "keep", *who).returncode == 0
    assert run("load", tmp_path / "rates.csv", "--mapping", "money", *where).returncode == 0
    assert run("rate", "undo", "3", *who).returncode == 0
    assert "USD 的汇率自 2024-01-01 起改为 7.1" in run("rate", "stale", *where).stdout
    converted = run("rate", "convert", *who)
    assert (converted.returncode, "冲销以前的 2 笔" in converted.stdout) == (0, True), converted
    assert "没有与现行汇率不同" in run("rate", "stale", *where).stdout
    let_in = run("rate", "convert", *who)
    assert (let_in.returncode, "现在可以导入" in let_in.stdout) == (0, True)
    (tmp_path / "rates.csv").write_text(RATE.format(7.2), encoding="utf-8")
    loaded = run("load", tmp_path / "rates.csv", "--mapping", "money", *where)
    assert (loaded.returncode, "重新折算 2 行" in loaded.stdout) == (0, True), loaded
