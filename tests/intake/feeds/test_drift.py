"""What a changed structure does, policy by policy."""

import pytest

from stockturn.intake.feeds.drift import compare
from stockturn.intake.feeds.plan import read_plan
from stockturn.intake.sources.failures import SchemaChanged
from stockturn.intake.sources.source import SourceColumn

A = SourceColumn("a", "int", "integer")
B = SourceColumn("b", "text", "text")
B_CHANGED = SourceColumn("b", "int", "integer")
C = SourceColumn("c", "date", "date")


def plan(**parts):
    return read_plan({"what": "t", "mapping": "m", **parts})


def test_nothing_changed_reads_everything():
    reading = compare("erp", plan(), (A, B), (A, B))
    assert (reading.columns, reading.agreed, reading.remarks) == ((), (A, B), ())


@pytest.mark.parametrize(
    ("now", "said"),
    [
        ((A, B, C), "新增列“c”（date）"),
        ((A,), "缺少列“b”"),
        ((A, B_CHANGED), "列“b”的类型由 text 变为 int"),
    ],
)
def test_by_default_a_change_stops_the_feed_and_says_what_and_who(now, said):
    with pytest.raises(SchemaChanged) as failure:
        compare("erp", plan(), (A, B), now)
    assert said in failure.value.message.zh
    assert "负责人" in failure.value.message.zh
    assert not failure.value.can_pass


def test_evolve_takes_the_change_and_remembers_it():
    reading = compare("erp", plan(drift="evolve"), (A, B), (A, C))
    assert reading.agreed == (A, C)
    assert len(reading.remarks) == 2
    changed = compare("erp", plan(drift="evolve"), (A, B), (A, B_CHANGED))
    assert changed.agreed == (A, B_CHANGED)


def test_quarantine_leaves_a_new_column_out_and_agrees_to_nothing():
    reading = compare("erp", plan(drift="quarantine"), (A, B), (A, B, C))
    assert reading.columns == ("a", "b")
    assert reading.agreed == (A, B)
    assert "未采用" in reading.remarks[0].zh


def test_quarantine_says_what_becomes_of_each_change():
    """A changed type is read all the same: it is not said to be left out."""
    reading = compare("erp", plan(drift="quarantine"), (A, B, C), (A, B_CHANGED))
    assert reading.columns == ("a", "b")
    assert [remark.en.partition("; ")[2] for remark in reading.remarks] == [
        "it is read as before, and values that do not fit are rejected.",
        "the other columns are loaded.",
    ]


def test_a_policy_of_a_column_goes_before_the_usual_one():
    parts = plan(drift="freeze", drift_columns={"c": "evolve"})
    assert compare("erp", parts, (A, B), (A, B, C)).agreed == (A, B, C)
    with pytest.raises(SchemaChanged):
        compare("erp", parts, (A, B, C), (A, C))


def test_a_column_the_feed_needs_stops_it_under_every_policy():
    parts = plan(mode="snapshot", key=["a"], drift="evolve")
    with pytest.raises(SchemaChanged):
        compare("erp", parts, (A, B), (B,))


def test_listed_columns_do_not_care_about_others():
    reading = compare("erp", plan(columns=["a"]), (A, B), (A, C))
    assert (reading.columns, reading.remarks) == (("a",), ())
