"""Known answers of topic class_abc, through ``insight.classes``.

Understood: ``item_value`` (or ``values``, ``items``) as a list, a mapping or rows of item and
value; ``shares`` (80/15/5) or cumulative ``bounds``; ``boundary``. A wanted key may carry its own
shares and rule in its name: ``netstock_80_16_4``, ``abc_80_15_5_crossing``. Results stand in the
order and form of the input.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from stockturn.cli.known_answers.case import unsupported
from stockturn.cli.known_answers.reading import Inputs, number
from stockturn.insight.classes import SHARES, Boundary, Ranked, classify

_BOUNDARIES: dict[str, Boundary] = {
    "inclusive": "inclusive",
    "<=": "inclusive",
    "crossing": "crossing",
    "crossing_included": "crossing",
}
_CUMULATIVE = frozenset({"cumulative_percent", "cumulative_share", "cumulative_value"})


def solve(inputs: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Compute every wanted class list or cumulative share from the inputs alone."""
    read = Inputs(inputs)
    values, named = _values(read.raw("item_value", "item_values", "values", "items", "value"))
    shares = _shares(read)
    boundary = _boundary(read.word("boundary", "boundary_rule", "rule"))
    read.finish()
    return {
        key: _answer(key, values, named and not isinstance(form, list), shares, boundary)
        for key, form in wanted.items()
    }


def _answer(
    key: str,
    values: dict[str, Decimal],
    named: bool,
    shares: list[Decimal] | None,
    boundary: Boundary | None,
) -> Any:
    own_shares, own_boundary, rest = _from_name(key)
    if key in _CUMULATIVE:
        ranked = classify(values, shares or SHARES, boundary or "inclusive")
        return _in_order(values, ranked, named, lambda one: _cumulative(key, one, values))
    if own_shares is None and rest not in {"abc", "abc_class", "class", "classes", "labels"}:
        raise unsupported("不认识的键 {key}", "unknown key {key}", key=key)
    ranked = classify(
        values, own_shares or shares or SHARES, own_boundary or boundary or "inclusive"
    )
    return _in_order(values, ranked, named, lambda one: one.label)


def _cumulative(key: str, ranked: Ranked, values: dict[str, Decimal]) -> Decimal | None:
    percent = ranked.cumulative_percent
    if percent is None or key == "cumulative_percent":
        return percent
    if key == "cumulative_share":
        return percent / 100
    return percent * sum((v for v in values.values() if v > 0), Decimal(0)) / 100


def _in_order(values: dict[str, Decimal], ranked: list[Ranked], named: bool, figure: Any) -> Any:
    by_key = {one.key: figure(one) for one in ranked}
    return by_key if named else [by_key[key] for key in values]


def _from_name(key: str) -> tuple[list[Decimal] | None, Boundary | None, str]:
    """Shares, boundary rule and the rest of a key such as ``abc_80_15_5_crossing``."""
    boundary: Boundary | None = None
    for name in ("inclusive", "crossing"):
        if key.endswith(f"_{name}"):
            boundary, key = _BOUNDARIES[name], key.removesuffix(f"_{name}")
    match = re.fullmatch(r"(.*?)_?(\d+(?:_\d+)+)", key)
    if match is None:
        return None, boundary, key
    return [Decimal(part) for part in match[2].split("_")], boundary, match[1]


def _values(raw: Any) -> tuple[dict[str, Decimal], bool]:
    """Value per item in input order, and whether the items have names of their own."""
    if isinstance(raw, Mapping):
        return {str(key): number(value, str(key)) for key, value in raw.items()}, True
    if not isinstance(raw, list) or not raw:
        raise unsupported("没有 item_value 列表", "there is no list item_value")
    if all(isinstance(row, Mapping) for row in raw):
        return _from_rows(raw), True
    # Positions as keys of equal width, so that equal values keep the order of the list.
    return {f"{at:09}": number(value, "item_value") for at, value in enumerate(raw)}, False


def _from_rows(rows: list[Any]) -> dict[str, Decimal]:
    values: dict[str, Decimal] = {}
    for row in rows:
        one = Inputs(row, frozenset())
        key = str(one.raw("item", "sku", "name", "id"))
        if key in values:
            raise unsupported("物料 {item} 出现两次", "item {item} appears twice", item=key)
        values[key] = one.need("value", "annual_value", "revenue", "amount", "cogs")
        one.finish()
    return values


def _shares(read: Inputs) -> list[Decimal] | None:
    shares = read.numbers_by_name("shares", "split", "percent")
    bounds = read.numbers_by_name("bounds", "cumulative_bounds", "thresholds")
    if shares is not None and bounds is not None:
        raise unsupported("shares 与 bounds 只能给一个", "give shares or bounds, not both")
    given = shares if shares is not None else bounds
    if given is None:
        return None
    parts = [part for part in given if part is not None]
    if all(part <= 1 for part in parts):
        parts = [part * 100 for part in parts]
    if bounds is None or sum(parts, Decimal(0)) == 100:
        return parts
    if parts[-1] != 100:
        parts.append(Decimal(100))
    return [upper - lower for lower, upper in zip([Decimal(0), *parts], parts, strict=False)]


def _boundary(word: str | None) -> Boundary | None:
    if word is None:
        return None
    if word not in _BOUNDARIES:
        raise unsupported("不认识的边界规则 {rule}", "unknown boundary rule {rule}", rule=word)
    return _BOUNDARIES[word]
