"""Expressions built once: a pure function of expressions remembers what it made of its arguments.

Building an expression costs a hundred times what looking it up does, and a small load is made of
little else. Nobody names a key: it is the function and its arguments themselves, expressions by
their structure, so an expression found is the one that would have been built.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import wraps
from typing import Any, Final, ParamSpec, TypeVar, cast

import ibis.expr.types as ir

P = ParamSpec("P")
R = TypeVar("R")

BUILT_AT_MOST: Final = 5_000
"""Expressions remembered; a full memory starts again rather than grow without end."""

_built: dict[Hashable, Any] = {}


def built_once(build: Callable[P, R]) -> Callable[P, R]:
    """Remember what a pure function of expressions and plain values returns.

    The function reads nothing but its arguments and changes none of them; what it returns is shared
    by all callers and so is immutable: expressions, or a tuple of them.
    """

    @wraps(build)
    def found(*args: P.args, **kwargs: P.kwargs) -> R:
        key = (build, structure(args), structure(kwargs))
        made = _built.get(key, _built)
        if made is _built:
            made = build(*args, **kwargs)
            if isinstance(made, dict | list):
                raise TypeError(f"{build.__qualname__} returns what a caller could change")
            if len(_built) >= BUILT_AT_MOST:
                _built.clear()
            _built[key] = made
        return made  # type: ignore[no-any-return]

    return found


def structure(value: Any) -> Hashable:
    """Return what an argument is made of: equal for arguments that build equal expressions."""
    if isinstance(value, ir.Expr):
        return cast("Hashable", value.op())
    if isinstance(value, dict):
        return tuple((name, structure(one)) for name, one in value.items())
    if isinstance(value, tuple | list):
        return tuple(structure(one) for one in value)
    # True == 1 == 1.0, but they do not build the same.
    return (type(value), value)
