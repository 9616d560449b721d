"""Comparing computed figures with a case's expected block."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from stockturn.cli.known_answers.case import Mismatch, Timeline, unsupported
from stockturn.cli.known_answers.reading import written_number

PROSE_KEYS = frozenset(
    {"comment", "explanation", "note", "notes", "null_reason", "reason", "rule", "why"}
)
"""Keys of an expected block that speak to people."""

PROSE_PREFIXES = ("source_states_",)
"""What a source prints and the case's note contradicts; no figure of ours."""

FORBIDDEN_PREFIXES = ("must_not_equal_", "must_not_be_", "not_equal_")
FORBIDDEN_ANY = "must_not_equal"


def is_prose(key: str) -> bool:
    """Whether a key only explains, and is skipped."""
    return key in PROSE_KEYS or key.startswith(PROSE_PREFIXES)


def forbidden_name(key: str) -> str | None:
    """The name behind ``must_not_equal_NAME``, or None for an ordinary key."""
    return next((key[len(p) :] for p in FORBIDDEN_PREFIXES if key.startswith(p)), None)


def shape(expected: Any) -> Any:
    """The expected block with its figures taken out, so that no solver can read an answer."""
    if isinstance(expected, Mapping):
        return {str(key): shape(value) for key, value in expected.items()}
    if isinstance(expected, list):
        return [shape(value) for value in expected]
    if isinstance(expected, bool):
        return "flag"
    if isinstance(expected, date):
        return "text"
    if isinstance(expected, str):
        return "text" if written_number(expected) is None else "number"
    return "number"


def asked(expected: Mapping[str, Any], wrong_methods: Mapping[str, str]) -> dict[str, Any]:
    """The shape a solver is given: prose left out, forbidden figures asked for by name.

    Args:
        expected: The case's expected block.
        wrong_methods: Names of wrong methods to the key of the right figure, so that
            ``must_not_equal_mean_of_ratios`` speaks of the group's turnover.
    """
    wanted: dict[str, Any] = {}
    for key, value in expected.items():
        name = forbidden_name(key)
        if is_prose(key) or key == FORBIDDEN_ANY:
            continue
        target = key if name is None else wrong_methods.get(name, name)
        wanted.setdefault(target, shape(value))
    return wanted


def compare_case(
    expected: Mapping[str, Any],
    solved: Mapping[str, Any],
    tolerance: Decimal,
    wrong_methods: Mapping[str, str],
) -> tuple[list[Mismatch], int]:
    """The wrong keys of a case and how many keys were compared.

    Raises:
        UnsupportedCase: A key has no computed value, or there was nothing to compare.
    """
    wrong, checked = [], 0
    for key, value in expected.items():
        if is_prose(key):
            continue
        checked += 1
        name = forbidden_name(key)
        if key == FORBIDDEN_ANY:
            wrong += [m for k, got in solved.items() for m in _equal(k, value, got, tolerance)]
            continue
        target = key if name is None else wrong_methods.get(name, name)
        if target not in solved:
            raise unsupported("没有算出 {key}", "no value computed for {key}", key=target)
        if name is None:
            wrong += differences(key, value, solved[target], tolerance)
        else:
            wrong += _equal(key, value, solved[target], tolerance)
    if not checked:
        raise unsupported("expected 中没有可比的数", "nothing to compare in the expected block")
    return wrong, checked


def differences(key: str, expected: Any, got: Any, tolerance: Decimal) -> list[Mismatch]:
    """Where two values differ: numbers beyond the tolerance, anything else at all."""
    if isinstance(expected, Mapping):
        return _mapping_differences(key, expected, got, tolerance)
    if isinstance(expected, list):
        return _list_differences(key, expected, got, tolerance)
    return [] if _same(expected, got, tolerance) else [Mismatch(key, expected, got)]


def _equal(key: str, forbidden: Any, got: Any, tolerance: Decimal) -> list[Mismatch]:
    """A mismatch for each forbidden figure that was computed after all."""
    figures = (
        forbidden if isinstance(forbidden, list) and not isinstance(got, list) else [forbidden]
    )
    hits = [figure for figure in figures if not differences(key, figure, got, tolerance)]
    return [Mismatch(key, f"!= {figure}", got) for figure in hits]


def _mapping_differences(
    key: str, expected: Mapping[Any, Any], got: Any, tolerance: Decimal
) -> list[Mismatch]:
    """Every expected member must be there; the computed mapping may know more members."""
    if not isinstance(got, Mapping):
        return [Mismatch(key, expected, got)]
    named = {str(name): value for name, value in got.items()}
    wrong = []
    for name, value in expected.items():
        path = f"{key}.{name}"
        if str(name) in named:
            wrong += differences(path, value, named[str(name)], tolerance)
        else:
            wrong.append(Mismatch(path, value, None))
    return wrong


def _list_differences(
    key: str, expected: list[Any], got: Any, tolerance: Decimal
) -> list[Mismatch]:
    if not isinstance(got, list | tuple):
        return [Mismatch(key, expected, got)]
    if isinstance(got, Timeline):
        rest = iter(got)
        # Each search goes on where the last one ended, so the order must hold too.
        return [
            Mismatch(f"{key}.{position}", wanted, "no such point")
            for position, wanted in enumerate(expected)
            if not any(not differences(key, wanted, point, tolerance) for point in rest)
        ]
    if len(expected) != len(got):
        return [Mismatch(key, expected, list(got))]
    pairs = enumerate(zip(expected, got, strict=True))
    return [m for i, (e, g) in pairs for m in differences(f"{key}.{i}", e, g, tolerance)]


def _same(expected: Any, got: Any, tolerance: Decimal) -> bool:
    if isinstance(expected, bool) or isinstance(got, bool):
        return expected is got
    left, right = _exact(expected), _exact(got)
    if left is not None and right is not None:
        return abs(left - right) <= Fraction(tolerance)
    if isinstance(expected, date) or isinstance(got, date):
        return str(expected) == str(got)
    return bool(expected == got)


def _exact(figure: Any) -> Fraction | None:
    if isinstance(figure, str):
        figure = written_number(figure)
    if isinstance(figure, bool) or not isinstance(figure, int | float | Decimal | Fraction):
        return None
    return Fraction(str(figure)) if isinstance(figure, float) else Fraction(figure)
