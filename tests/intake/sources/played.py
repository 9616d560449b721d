"""An Odoo and an ERPNext that answer as their public documentation says, over real HTTP."""

from __future__ import annotations

import json
from typing import Any

from tests.intake.http_server import Asked, Reply

# --- ERPNext -------------------------------------------------------------------------------------

TESTS = {
    "=": lambda a, b: str(a) == str(b),
    ">=": lambda a, b: str(a) >= str(b),
    "in": lambda a, b: str(a) in [str(each) for each in b],
}


class Frappe:
    """Answers ``/api/resource/…`` over lists of records; ``before`` may answer in its place."""

    def __init__(self, **lists: list[dict[str, Any]]) -> None:
        self.lists = {name.replace("_", " "): rows for name, rows in lists.items()}
        self.before: list[Reply] = []
        self.token = "token key:secret"

    def __call__(self, asked: Asked) -> Reply:
        if self.before:
            return self.before.pop(0)
        if asked.headers.get("authorization") != self.token:
            return Reply({"exc_type": "AuthenticationError"}, 401)
        if asked.path == "/api/method/frappe.auth.get_logged_user":
            return Reply({"message": "reader@example.com"})
        name = asked.path.removeprefix("/api/resource/").replace("%20", " ")
        if name not in self.lists:
            return Reply({"exc_type": "DoesNotExistError"}, 404)
        query = asked.query
        rows = self.lists[name]
        for field, test, value in json.loads(query.get("filters", "[]")):
            rows = [row for row in rows if TESTS[test](row.get(field, 1), value)]
        order = [part.split()[0] for part in query.get("order_by", "name").split(", ")]
        rows = sorted(rows, key=lambda row: [str(row[field]) for field in order])
        start, size = int(query.get("limit_start", 0)), int(query.get("limit_page_length", 20))
        fields = json.loads(query.get("fields", '["name"]'))
        called = {field.split(" as ")[-1].strip(): field for field in fields}
        some = rows[start : start + size] if size else rows[start:]
        return Reply({"data": [{name: row.get(name) for name in called} for row in some]})


# --- Odoo ----------------------------------------------------------------------------------------

ODOO_TESTS = {
    "=": lambda a, b: a == b,
    ">=": lambda a, b: a >= b,
    ">": lambda a, b: a > b,
    "in": lambda a, b: (a[0] if isinstance(a, list) else a) in b,
}


class Odoo:
    """Answers ``/jsonrpc`` over models: name -> (field types, records)."""

    def __init__(self, **models: tuple[dict[str, str], list[dict[str, Any]]]) -> None:
        self.models = {name.replace("__", "."): model for name, model in models.items()}
        self.before: list[Reply] = []

    def __call__(self, asked: Asked) -> Reply:
        if self.before:
            return self.before.pop(0)
        assert (asked.method, asked.path) == ("POST", "/jsonrpc")
        call = asked.json
        assert (call["jsonrpc"], call["method"]) == ("2.0", "call")
        params = call["params"]
        answer = getattr(self, params["service"])(params["method"], params["args"])
        return Reply({"jsonrpc": "2.0", "id": call["id"], **answer})

    def common(self, method: str, args: list[Any]) -> dict[str, Any]:
        if method == "version":
            return {"result": {"server_version": "17.0", "protocol_version": 1}}
        assert method == "authenticate"
        return {"result": 7 if args[:3] == ["shop", "reader", "secret"] else False}

    def object(self, method: str, args: list[Any]) -> dict[str, Any]:
        assert method == "execute_kw"
        database, user, key, model, verb, positional, options = args
        if (database, user, key) != ("shop", 7, "secret"):
            return problem("odoo.exceptions.AccessDenied", "Access Denied")
        if model not in self.models:
            return problem("builtins.AttributeError", f"Object {model} doesn't exist")
        types, rows = self.models[model]
        if verb == "fields_get":
            return {"result": {name: {"type": kind} for name, kind in types.items()}}
        assert verb == "search_read"
        strange = set(options["fields"]) - set(types)
        if strange:
            return problem("builtins.ValueError", f"Invalid field {strange.pop()!r}")
        for field, test, value in positional[0]:
            rows = [row for row in rows if ODOO_TESTS[test](row[field], value)]
        rows = sorted(rows, key=lambda row: row["id"])[: options.get("limit")]
        wanted = {"id", *options["fields"]}
        return {"result": [{n: v for n, v in row.items() if n in wanted} for row in rows]}


def problem(name: str, message: str) -> dict[str, Any]:
    data = {"name": name, "message": message, "debug": "Traceback …"}
    return {"error": {"code": 200, "message": "Odoo Server Error", "data": data}}
