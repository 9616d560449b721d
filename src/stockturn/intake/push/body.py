"""The body of a message: its records as JSON lines, each marked with the message's number."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from pathlib import Path
from typing import Any, Final

from stockturn.intake import exact_json
from stockturn.intake.decode_json import MESSAGE_FIELD
from stockturn.intake.push.errors import BodyBad
from stockturn.language import Text

MOST_RECORDS: Final = 50_000
"""Records of one message: it is read where everybody's requests are answered."""
MOST_LEVELS: Final = 50
"""Objects and arrays within each other in one record."""

_EMPTY: Final = Text("没有记录。", "there is no record.")
_NO_OBJECT: Final = Text("不是对象。", "it is no object.")
_NO_FIELDS: Final = Text("没有字段。", "it has no fields.")
_DEEP: Final = Text("嵌套太深。", "it is nested too deeply.")
_MANY: Final = Text(
    f"一条消息最多 {MOST_RECORDS:,} 条记录。", f"a message takes {MOST_RECORDS:,} records."
)
_HALF: Final = Text("有半个 Unicode 代理字符。", "half of a Unicode surrogate pair stands in it.")
_RESERVED: Final = Text(
    f"字段名 {MESSAGE_FIELD} 是保留的。", f"the field name {MESSAGE_FIELD} is reserved."
)


def records(body: bytes) -> list[dict[str, Any]]:
    """Return the records of a body, numbers as written.

    Raises:
        BodyBad: it holds none, or something else.
    """
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as failure:
        why = Text(
            f"第 {failure.start + 1} 个字节不是 UTF-8。", f"byte {failure.start + 1} is not UTF-8."
        )
        raise BodyBad(1, why) from None
    found = _read(text)
    if not found:
        raise BodyBad(1, _EMPTY)
    if len(found) > MOST_RECORDS:
        raise BodyBad(MOST_RECORDS + 1, _MANY)
    for number, record in enumerate(found, start=1):
        wrong = _wrong(record)
        if wrong is not None:
            raise BodyBad(number, wrong)
    return found


def as_lines(found: list[dict[str, Any]], feed: str, key: str) -> bytes:
    """Return records as the lines that are kept.

    The number makes equal messages different files: two equal sales are both real.

    Raises:
        BodyBad: a text of a record is none.
    """
    mark = f"{feed}#{key}"
    lines = []
    for number, record in enumerate(found, start=1):
        try:
            lines.append(exact_json.write({MESSAGE_FIELD: mark} | record).encode())
        except UnicodeEncodeError:
            raise BodyBad(number, _HALF) from None
    return b"\n".join(lines) + b"\n"


def beginning(path: Path, characters: int) -> str:
    """Return the first records of a kept message as it came, without the mark of its number."""
    with path.open("r", encoding="utf-8") as lines:
        text = lines.read(characters)
    return re.sub(rf'"{re.escape(MESSAGE_FIELD)}":\s*"(?:[^"\\]|\\.)*",?\s*', "", text)


def is_signed(body: bytes, secret: str, given: str, form: str) -> bool:
    """Tell whether ``given`` is the HMAC-SHA256 of a body."""
    digest = hmac.new(secret.encode(), body, hashlib.sha256).digest()
    if form == "base64":
        wanted = base64.b64encode(digest).decode()
    else:
        wanted, given = digest.hex(), given.strip().lower().removeprefix("sha256=")
    return hmac.compare_digest(wanted.encode(), given.strip().encode())


def _wrong(record: Any) -> Text | None:
    """Return why a value is no record."""
    if not isinstance(record, dict):
        return _NO_OBJECT
    if not record:
        return _NO_FIELDS
    if MESSAGE_FIELD in record:
        return _RESERVED
    return _DEEP if _is_deep(record) else None


def _is_deep(record: dict[str, Any]) -> bool:
    level: list[Any] = [record]
    for _ in range(MOST_LEVELS):
        inside = (each.values() if isinstance(each, dict) else each for each in level)
        level = [part for parts in inside for part in parts if isinstance(part, dict | list)]
        if not level:
            return False
    return True


def _read(text: str) -> list[Any]:
    """Read one value or one a line; the whole is tried first, as a value may span lines."""
    first = _value(text, 1, whole=True)
    if first is not None:
        return first if isinstance(first, list) else [first]
    rows = [line for line in text.split("\n") if line.strip()]
    if len(rows) > MOST_RECORDS:
        raise BodyBad(MOST_RECORDS + 1, _MANY)
    return [_value(line, number, whole=False) for number, line in enumerate(rows, start=1)]


def _value(text: str, number: int, *, whole: bool) -> Any:
    """Return a value; None where a whole body may still be lines."""
    try:
        return exact_json.read(text) if text.strip() else []
    except json.JSONDecodeError as failure:
        if whole and "\n" in text.strip():
            return None
        place = failure.colno
        why = Text(f"第 {place} 个字符处不是 JSON。", f"it is no JSON at character {place}.")
    except exact_json.FieldTwice as twice:
        if whole and "\n" in text.strip():
            return None
        why = Text(f"字段 {twice} 出现两次。", f"the field {twice} stands twice.")
    except RecursionError:
        why = _DEEP
    except ValueError as failure:
        why = Text(f"{failure} 不是 JSON。", f"{failure} is no JSON.")
    raise BodyBad(number, why)
