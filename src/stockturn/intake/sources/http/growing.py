"""Values of a field that grows: compared, and moved back by an overlap, in their own writing."""

from __future__ import annotations

import datetime as dt
import re
from typing import Final

from stockturn.intake.sources.source import Overlap

Key = tuple[int, int | dt.datetime]

_TIME: Final = re.compile(
    r"(\d{4}-\d{2}-\d{2})(?:([T ])(\d{2}:\d{2}(?::\d{2})?)(\.\d{1,9})?(Z|[+-]\d{2}:?\d{2})?)?"
)


class NotGrowing(ValueError):
    """A value that is neither a whole number nor a day or time, or an overlap of another kind."""


def key_of(text: str) -> Key:
    """Return what a value is compared by.

    Raises:
        NotGrowing: it is neither a whole number nor a day or a time.
    """
    plain = text.strip()
    if re.fullmatch(r"-?\d{1,30}", plain):
        return 0, int(plain)
    moment = _moment(plain)
    return 1, moment if moment.tzinfo is not None else moment.replace(tzinfo=dt.UTC)


def moved_back(text: str, overlap: Overlap) -> str:
    """Return a value moved back by an overlap, written as it was.

    Raises:
        NotGrowing: the overlap's unit does not fit the value.
    """
    plain = text.strip()
    if re.fullmatch(r"-?\d{1,30}", plain):
        if overlap.unit != "rows":
            raise NotGrowing(plain)
        return str(int(plain) - overlap.amount)
    if overlap.unit == "rows":
        if overlap.amount:
            raise NotGrowing(plain)
        return plain
    moment = _moment(plain)
    found = _TIME.fullmatch(plain)
    assert found is not None
    if found[2] is None:
        seconds = overlap.amount if overlap.unit == "seconds" else overlap.amount * 86_400
        return (moment - dt.timedelta(days=-(-seconds // 86_400))).strftime("%Y-%m-%d")
    span = dt.timedelta(**{overlap.unit: overlap.amount})
    earlier = (moment - span).strftime(f"%Y-%m-%d{found[2]}%H:%M:%S")
    return f"{earlier}{found[4] or ''}{found[5] or ''}"


def _moment(text: str) -> dt.datetime:
    found = _TIME.fullmatch(text)
    if found is None:
        raise NotGrowing(text)
    zone = {"Z": "+00:00", None: ""}.get(found[5], found[5])
    clock = found[3] or "00:00:00"
    clock = clock if len(clock) == 8 else f"{clock}:00"
    try:
        return dt.datetime.fromisoformat(f"{found[1]}T{clock}{(found[4] or '')[:7]}{zone}")
    except ValueError:
        raise NotGrowing(text) from None
