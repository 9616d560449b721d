"""REST lists: plain ones by a form, and Frappe's (ERPNext), which filters and joins by JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from stockturn.intake import exact_json
from stockturn.intake.sources.failures import ColumnRefused
from stockturn.intake.sources.http.api import ApiSource, Record
from stockturn.intake.sources.http.caller import Caller
from stockturn.intake.sources.http.paging import pages
from stockturn.intake.sources.http.spec import Join, Resource
from stockturn.intake.sources.source import Condition, Request
from stockturn.language import Text

_FRAPPE_TESTS: Final = {
    "eq": "=",
    "ne": "!=",
    "lt": "<",
    "le": "<=",
    "gt": ">",
    "ge": ">=",
    "in": "in",
}


class RestSource(ApiSource):
    """An interface whose lists are read by GET."""

    def greet(self, caller: Caller) -> str:
        """Ask for the probe, or for the first page of the first list."""
        if self.api.probe:
            content, _ = caller.get(self.api.probe, {}, self.api.probe)
            return f"{self.label}: {exact_json.write(content)[:100]}"
        first = self.api.resources[0]
        for page in self.pages(caller, first, Request(first.what, first.what), None):
            return f"{self.label}: {first.what}, {len(page)}"
        return f"{self.label}: {first.what}, 0"

    def pages(
        self, caller: Caller, resource: Resource, request: Request, bound: str | None
    ) -> Iterator[list[Record]]:
        """Yield the pages of a list."""
        query = dict(resource.query)
        if resource.increment.way == "query" and bound is not None:
            query[resource.increment.ask] = bound
        if self.api.dialect == "frappe":
            query |= _frappe(resource, request, bound, self.label)
        elif request.where:
            detail = Text("这个接口不能带条件读取。", "This interface takes no conditions.")
            raise ColumnRefused(self.label, what=request.where[0].column, detail=detail)
        return pages(caller, resource, query, self.label)

    def by_key(self, caller: Caller, join: Join, keys: list[str]) -> Iterable[Record]:
        """Ask a Frappe list for the records with these keys."""
        assert self.api.dialect == "frappe", "only presets join, and they know how"
        query = {
            "fields": exact_json.write([join.key, join.take]),
            "filters": exact_json.write([[join.key, "in", keys]]),
            "limit_page_length": "0",
        }
        content, _ = caller.get(join.resource, query, join.resource)
        found: list[Record] = exact_json.at(content, "data") or []
        return found


def _frappe(resource: Resource, request: Request, bound: str | None, label: str) -> dict[str, str]:
    """Return the query that a Frappe list understands: fields, filters and order."""
    filters: list[list[Any]] = [list(each) for each in resource.filters]
    filters += [_frappe_filter(condition, label) for condition in request.where]
    if bound is not None:
        filters.append([resource.increment.column, ">=", bound])
    query = {}
    if resource.fields:
        query["fields"] = exact_json.write(list(resource.fields))
    if filters:
        query["filters"] = exact_json.write(filters)
    if resource.order:
        query["order_by"] = resource.order
    return query


def _frappe_filter(condition: Condition, label: str) -> list[Any]:
    if condition.test in {"empty", "filled"}:
        return [condition.column, "is", "not set" if condition.test == "empty" else "set"]
    if condition.test != "in" and len(condition.values) != 1:
        detail = Text("条件要有一个值。", "The condition takes one value.")
        raise ColumnRefused(label, what=condition.column, detail=detail)
    value = list(condition.values) if condition.test == "in" else condition.values[0]
    return [condition.column, _FRAPPE_TESTS[condition.test], value]
