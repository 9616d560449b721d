"""Odoo by JSON-RPC: ``common.authenticate`` and ``object.execute_kw`` of ``search_read``.

Odoo says ``false`` for what is empty and ``[id, name]`` for a linked record. Both are put right by
the fields' own types, which it is asked for: empty becomes null, a link becomes ``field.id`` and
``field.name``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import Any, Final
from zoneinfo import ZoneInfo

from stockturn.intake import exact_json
from stockturn.intake.exact_json import Number
from stockturn.intake.sources.failures import (
    ColumnRefused,
    SourceFailure,
    SourceForbidden,
    SourceMissing,
    SourceRefused,
)
from stockturn.intake.sources.http.api import ApiSource, Record
from stockturn.intake.sources.http.caller import Caller
from stockturn.intake.sources.http.spec import Join, Resource
from stockturn.intake.sources.source import Condition, Request
from stockturn.language import Text

PATH: Final = "jsonrpc"
_TESTS: Final = {
    "eq": "=",
    "ne": "!=",
    "lt": "<",
    "le": "<=",
    "gt": ">",
    "ge": ">=",
    "in": "in",
}


class OdooSource(ApiSource):
    """An Odoo database. The resources' paths are its models."""

    def greet(self, caller: Caller) -> str:
        """Sign in and return the server's version."""
        version = self._call(caller, "common", "version", [], "version")
        self._user = None
        self._sign_in(caller)
        return f"Odoo {exact_json.at(version, 'server_version')}"

    def pages(
        self, caller: Caller, resource: Resource, request: Request, bound: str | None
    ) -> Iterator[list[Record]]:
        """Yield pages by id: a record that changes meanwhile moves no other out of sight."""
        user = self._sign_in(caller)
        model = resource.path
        types = self._fields(caller, user, model)
        fields = [name for name in resource.fields or tuple(types) if name in types]
        domain: list[Any] = [[f, op, _value(text)] for f, op, text in resource.filters]
        domain += [_condition(condition, self.label) for condition in request.where]
        if bound is not None:
            domain.append([resource.increment.column, ">=", bound])
        last = 0
        while True:
            options = {
                "fields": fields,
                "limit": Number(resource.paging.size),
                "order": "id asc",
                "context": {"active_test": False},
            }
            page = self._ask(
                caller, user, model, "search_read", [[*domain, ["id", ">", Number(last)]]], options
            )
            if not page:
                return
            last = max(int(record["id"]) for record in page)
            yield [self._local(_plain(record, types), types, resource) for record in page]

    def by_key(self, caller: Caller, join: Join, keys: list[str]) -> Iterable[Record]:
        """Read the linked records with these ids, those that are no longer active too."""
        user = self._sign_in(caller)
        domain = [[join.key, "in", [Number(key) for key in keys]]]
        fields = [join.key, join.take]
        options = {"fields": fields, "order": "id asc", "context": {"active_test": False}}
        found = self._ask(caller, user, join.resource, "search_read", [domain], options)
        return [{name: _bare(value) for name, value in record.items()} for record in found]

    def _local(self, record: Record, types: dict[str, str], resource: Resource) -> Record:
        """Put instants into the business zone; the growing field stays as Odoo compares it."""
        zone = ZoneInfo(self._ground.time_zone)
        for name, kind in types.items():
            value = record.get(name)
            if kind == "datetime" and value and name != resource.increment.column:
                record[name] = _local(value, zone)
        return record

    _user: Any = None

    def _sign_in(self, caller: Caller) -> Any:
        if self._user is not None:
            return self._user
        auth = self.api.auth
        args = [self.api.database, auth.user, auth.secret, {}]
        user = self._call(caller, "common", "authenticate", args, "authenticate")
        if not isinstance(user, Number):
            detail = Text(
                f"数据库“{self.api.database}”不认识该用户或密钥",
                f"the database “{self.api.database}” does not know this user or key",
            )
            raise SourceRefused(self.label, detail=detail)
        self._user = user
        return user

    def _fields(self, caller: Caller, user: Any, model: str) -> dict[str, str]:
        found = self._ask(
            caller, user, model, "fields_get", [], {"attributes": ["type"]}, kind=dict
        )
        return {name: str(exact_json.at(about, "type")) for name, about in found.items()}

    def _ask(
        self,
        caller: Caller,
        user: Any,
        model: str,
        method: str,
        args: list[Any],
        options: dict[str, Any],
        *,
        kind: type = list,
    ) -> Any:
        whole = [self.api.database, user, self.api.auth.secret, model, method, args, options]
        found = self._call(caller, "object", "execute_kw", whole, model)
        if not isinstance(found, kind):
            detail = Text("回答的形状不对。", "The answer has another shape.")
            raise SourceFailure(self.label, what=model, detail=detail)
        return found

    def _call(self, caller: Caller, service: str, method: str, args: list[Any], what: str) -> Any:
        content = {
            "jsonrpc": "2.0",
            "method": "call",
            "id": Number(1),
            "params": {"service": service, "method": method, "args": args},
        }
        answer, _ = caller.post(PATH, content, what)
        error = exact_json.at(answer, "error")
        if error is None:
            return exact_json.at(answer, "result")
        name = str(exact_json.at(error, "data.name") or "")
        said = str(exact_json.at(error, "data.message") or exact_json.at(error, "message") or "")
        kind: type[SourceFailure] = SourceFailure
        if name.endswith(("AccessDenied", "SessionExpiredException")):
            kind = SourceRefused
        elif name.endswith("AccessError"):
            kind = SourceForbidden
        elif "doesn't exist" in said or "does not exist" in said:
            kind = SourceMissing
        raise kind(self.label, what=what, detail=said, hidden=self.api.auth.secret)


def _plain(record: Record, types: dict[str, str]) -> Record:
    """Return a record with false and links put right."""
    plain: Record = {}
    for name, value in record.items():
        kind = types.get(name, "")
        if kind == "many2one":
            linked = isinstance(value, list) and len(value) == 2
            plain[name] = {"id": value[0], "name": value[1]} if linked else None
        elif value is False and kind != "boolean":
            plain[name] = None
        else:
            plain[name] = value
    return plain


def _bare(value: Any) -> Any:
    """Return the id of a link, and null for false."""
    if isinstance(value, list) and len(value) == 2:
        return value[0]
    return None if value is False else value


def _local(text: str, zone: ZoneInfo) -> str:
    """Return an instant, which Odoo writes in UTC, as the business zone's clock shows it."""
    moment = dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)
    return moment.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")


def _condition(condition: Condition, label: str) -> list[Any]:
    if condition.test in {"empty", "filled"}:
        return [condition.column, "=" if condition.test == "empty" else "!=", False]
    if condition.test == "in":
        return [condition.column, "in", list(condition.values)]
    if len(condition.values) != 1:
        detail = Text("条件要有一个值。", "The condition takes one value.")
        raise ColumnRefused(label, what=condition.column, detail=detail)
    return [condition.column, _TESTS[condition.test], condition.values[0]]


def _value(text: str) -> Any:
    """Return a preset's filter value: true and false are words of its file."""
    return {"true": True, "false": False}.get(text, text)
