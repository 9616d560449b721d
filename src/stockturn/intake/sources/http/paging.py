"""Walk over the pages of a list, whichever way they follow each other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

from stockturn.intake import exact_json
from stockturn.intake.outbound import Answer
from stockturn.intake.sources.failures import SourceFailure
from stockturn.intake.sources.http.caller import Caller
from stockturn.intake.sources.http.spec import Resource
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
    for _ in range(MOST_PAGES):
        fields = dict(asked)
        if paging.size_field and paging.way != "none" and asked is query:
            fields[paging.size_field] = str(paging.size)
        if place is not None:
            fields[paging.ask] = place
        content, answer = caller.get(path, fields, resource.what)
        records = _records(content, resource, label)
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
