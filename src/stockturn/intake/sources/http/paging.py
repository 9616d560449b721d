"""Walk over the pages of a list, whichever way they follow each other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

from stockturn.intake import exact_json
from stockturn.intake.outbound import Answer
from stockturn.intake.sources.failures import SourceFailure, SourceMissing
from stockturn.intake.sources.http.caller import Caller
from stockturn.intake.sources.http.spec import Paging, Resource
from stockturn.language import Text

MOST_PAGES: Final = 100_000
_LINK: Final = re.compile(r'<([^>]*)>\s*;[^,]*\brel="?next"?', re.IGNORECASE)


def pages(
    caller: Caller, resource: Resource, query: dict[str, str], label: str
) -> Iterator[list[dict[str, Any]]]:
    """Yield the records of one page after another.

    Args:
        caller: of the interface.
        resource: the list.
        query: fields of the query beside those of paging.
        label: the source's name in messages.

    Raises:
        SourceFailure: a page did not come, holds no records, or the pages go in a ring.
    """
    paging = resource.paging
    place = {"page": str(paging.first), "offset": "0"}.get(paging.way)
    path, asked = resource.path, query
    seen: set[str] = set()
    counted = paging.way in {"page", "offset"}
    before: list[dict[str, Any]] = []
    most = 0
    for number in range(MOST_PAGES):
        fields = asked if asked is not query else _fields(paging, query, place)
        got = _got(caller, path, fields, resource, may_miss=counted and number > 0)
        if got is None:
            return
        content, answer = got
        records = _records(content, resource, label)
        if counted and records and records == before:
            if len(records) < most:
                return  # the last page, shorter than the others, stands for every later one
            raise SourceFailure(label, what=resource.what, detail=_same_again(number + 1))
        before, most = records, max(most, len(records))
        if records:
            yield records
        following = _next(content, answer, resource, place, len(records), label)
        if following is None:
            return
        if following in seen:
            detail = Text("分页在原地打转。", "Its pages go in a ring.")
            raise SourceFailure(label, what=resource.what, detail=detail)
        seen.add(following)
        if paging.way == "link":
            path, asked = following, {}
        else:
            place = following
    detail = Text(f"超过 {MOST_PAGES} 页。", f"It has over {MOST_PAGES} pages.")
    raise SourceFailure(label, what=resource.what, detail=detail)


def _fields(paging: Paging, query: dict[str, str], place: str | None) -> dict[str, str]:
    """Return the query of one page."""
    sized = bool(paging.size_field) and paging.way != "none"
    size = {paging.size_field: str(paging.size)} if sized else {}
    return query | size | ({} if place is None else {paging.ask: place})


def _got(
    caller: Caller, path: str, fields: dict[str, str], resource: Resource, *, may_miss: bool
) -> tuple[Any, Answer] | None:
    """Return one answer; None for a page that is not found where ``may_miss``.

    Many interfaces call the page behind the last one not found.
    """
    try:
        return caller.get(path, fields, resource.what)
    except SourceMissing:
        if may_miss:
            return None
        raise


def _same_again(number: int) -> Text:
    """Say that a page came twice: read on, rows double; stop, and the rest may be lost."""
    return Text(
        f"第 {number} 页与前一页完全相同，可能是分页字段不对、服务器没有理会。"
        "请检查分页方式和字段名；若列表一页就全部返回，请选“不分页”。",
        f"Page {number} is the same as the one before; the paging field may be wrong and ignored. "
        "Check how pages are asked for; if one answer holds the whole list, choose no paging.",
    )


def _records(content: Any, resource: Resource, label: str) -> list[dict[str, Any]]:
    found = exact_json.at(content, resource.record_path)
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        path = resource.record_path or "."
        detail = Text(
            f"回答的“{path}”处没有记录的数组。请检查记录路径。",
            f"There is no array of records at “{path}” of the answer. Check the record path.",
        )
        raise SourceFailure(label, what=resource.what, detail=detail)
    return found


def _next(
    content: Any, answer: Answer, resource: Resource, place: str | None, count: int, label: str
) -> str | None:
    """Return where the next page is: its number, offset, cursor or address; None at the end."""
    paging = resource.paging
    match paging.way:
        case "page":
            # A short page may be a server's own limit, so only an empty one ends the list.
            return str(int(place or paging.first) + 1) if count else None
        case "offset":
            return str(int(place or 0) + count) if count else None
        case "cursor":
            following = exact_json.at(content, paging.next_path)
            if isinstance(following, (dict, list)):
                detail = Text(
                    f"“{paging.next_path}”处不是游标。", f"“{paging.next_path}” is no cursor."
                )
                raise SourceFailure(label, what=resource.what, detail=detail)
            return str(following) if following not in {None, "", False} else None
        case "link":
            found = _LINK.search(answer.headers.get("link", ""))
            return (
                _at_home(urljoin(answer.url, found[1]), answer.url, resource, label)
                if found
                else None
            )
        case _:
            return None


def _at_home(url: str, home: str, resource: Resource, label: str) -> str:
    """Refuse a next page on another host: the secret would go there."""
    there, here = urlsplit(url), urlsplit(home)
    if (there.scheme, there.netloc) != (here.scheme, here.netloc):
        detail = Text(
            f"下一页在另一台主机（{there.hostname}），没有跟随。",
            f"The next page is on another host ({there.hostname}) and was not followed.",
        )
        raise SourceFailure(label, what=resource.what, detail=detail)
    return url
