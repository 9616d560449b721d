"""Expressions that are built once: found by what they are made of, and by nothing less."""

from __future__ import annotations

import ibis
import pytest

from stockturn.engines import built_once
from stockturn.engines.built import structure


def rows(name="t", **columns):
    return ibis.table(columns or {"a": "int64", "b": "string"}, name=name)


def counted():
    """Return a builder and the list of what it was asked to build."""
    asked = []

    @built_once
    def build(table, number=0, *, names=()):
        asked.append((table, number, names))
        return table.select("a", *names, number=ibis.literal(number))

    return build, asked


def test_equal_arguments_build_once():
    build, asked = counted()
    one = build(rows(), 1, names=["b"])
    assert build(rows(), 1, names=["b"]) is one
    assert len(asked) == 1


@pytest.mark.parametrize(
    "other",
    [
        ((rows("u"), 1), {}),
        ((rows(a="int32", b="string"), 1), {}),
        ((rows(a="int64"), 1), {}),
        ((rows(), 2), {}),
        ((rows(), True), {}),
        ((rows(), 1), {"names": ("b",)}),
        ((rows().filter(rows().a > 0), 1), {}),
    ],
    ids=["name", "type", "columns", "number", "truth", "keyword", "structure"],
)
def test_arguments_that_differ_build_anew(other):
    build, asked = counted()
    arguments, keywords = other
    one = build(rows(), 1)
    found = build(*arguments, **keywords)
    assert len(asked) == 2
    assert structure(found) == structure(build.__wrapped__(*arguments, **keywords))
    assert structure(one) == structure(build.__wrapped__(rows(), 1))


def test_what_a_caller_could_change_is_refused():
    @built_once
    def build(table):
        return [table]

    with pytest.raises(TypeError, match="could change"):
        build(rows())


def test_an_argument_that_cannot_be_a_key_is_refused():
    build, _ = counted()
    with pytest.raises(TypeError, match="unhashable"):
        build(rows(), {1, 2})
