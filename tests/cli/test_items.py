"""``stockturn item``: merged, listed and split."""

from __future__ import annotations

import json

from tests.cli.running import run, write_movements


def quantities(shop):
    question = ("show", "closing_quantity", "--by", "item", "--period", "2025")
    result = run(*question, "--format", "json", "--workspace", shop)
    assert result.returncode == 0, result.stderr
    rows = json.loads(result.stdout)["rows"]
    return {row["group"][0]: row["values"]["closing_quantity"]["number"] for row in rows}


def test_an_item_is_merged_and_split_by_name_and_reason(tmp_path):
    shop = tmp_path / "店"
    run("init", shop, "--company", "示例")
    file = write_movements(tmp_path / "出入库流水-1.csv", rows=100, seed=1)
    assert run("load", file, "--mapping", "generic-zh", "--workspace", shop).returncode == 0
    before = quantities(shop)
    old, into = sorted(before)[:2]
    who = ("--reason", "改码", "--by", "王经理", "--workspace", shop)
    merged = run("item", "merge", old, into, "--from", "2025-01-02", *who)
    assert merged.returncode == 0, merged.stderr
    after = quantities(shop)
    assert old not in after
    assert float(after[into]) == float(before[old]) + float(before[into])
    listed = run("item", "merges", "--format", "json", "--workspace", shop)
    (line,) = json.loads(listed.stdout)["merges"]
    assert (line["item"], line["into_item"], line["actor"]) == (old, into, "王经理")
    assert old in run("item", "merges", "--workspace", shop).stdout
    assert run("item", "merge", old, into, *who).returncode == 2
    assert run("item", "split", old, *who).returncode == 0
    assert quantities(shop) == before
