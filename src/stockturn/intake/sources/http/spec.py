"""What an HTTP interface is to us, as values: how to sign in, what can be read, how pages follow.

Nothing here is code of a user: a form or a preset fills these fields and no others.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

PagingWay = Literal["none", "page", "offset", "cursor", "link"]
AuthWay = Literal["none", "header", "query", "basic", "oauth"]
SinceWay = Literal["none", "query", "filter"]
Dialect = Literal["plain", "frappe", "odoo"]


@dataclass(frozen=True)
class Auth:
    """How a request shows who sends it.

    Attributes:
        key: name of the header or of the query field that carries the secret.
        prefix: stands before the secret in a header (``Bearer``, ``token``).
        user: of ``basic``; the client's id of ``oauth``.
        secret: key, password or client secret.
        token_url: where ``oauth`` gets its token by client credentials.
        scope: asked for there; empty for none.
    """

    way: AuthWay = "none"
    key: str = "Authorization"
    prefix: str = ""
    user: str = ""
    secret: str = field(default="", repr=False)
    token_url: str = ""
    scope: str = ""


@dataclass(frozen=True)
class Paging:
    """How one page follows another.

    Attributes:
        ask: query field of the page's number, of the offset, or of the cursor.
        size_field: query field of the page's size; empty where none is sent.
        size: rows a page.
        first: number of the first page.
        next_path: dotted path of the next cursor in an answer.
    """

    way: PagingWay = "none"
    ask: str = ""
    size_field: str = ""
    size: int = 100
    first: int = 1
    next_path: str = ""


@dataclass(frozen=True)
class Increment:
    """How only what is new is asked for.

    Attributes:
        way: ``query`` sends the bound as a query field, ``filter`` as a Frappe condition.
        column: dotted field of a record that grows.
        ask: query field of the bound.
    """

    way: SinceWay = "none"
    column: str = ""
    ask: str = ""


@dataclass(frozen=True)
class Join:
    """A field taken from other records by key: ``product_id`` → the product's code.

    Attributes:
        column: dotted field that holds the key.
        resource: path or model that is asked.
        key: its field that equals the key.
        take: its field that is taken.
        into: what the taken field is called.
        only: (field, value) that a record must have to be asked about; None for all.
        optional: an interface without such records gives none, and that is no failure.
    """

    column: str
    resource: str
    key: str
    take: str
    into: str
    only: tuple[str, str] | None = None
    optional: bool = False


@dataclass(frozen=True)
class Resource:
    """One list of records.

    Attributes:
        what: its name in requests and lists.
        path: below the base address; the model of an Odoo.
        record_path: dotted path of the array in an answer; empty where the answer is the array.
        query: (field, value) sent with each request.
        fields: asked for where the interface wants to be told.
        filters: conditions always sent, as JSON, where the interface has a form for them.
        order: what is asked for as the order of rows.
    """

    what: str
    path: str
    record_path: str = ""
    query: tuple[tuple[str, str], ...] = ()
    fields: tuple[str, ...] = ()
    filters: tuple[tuple[str, str, str], ...] = ()
    order: str = ""
    paging: Paging = Paging()
    increment: Increment = Increment()
    joins: tuple[Join, ...] = ()


@dataclass(frozen=True)
class Api:
    """An interface as a source uses it.

    Attributes:
        base: https address below which everything lies.
        probe: path that is asked to test the connection; empty = the first resource.
        per_second: requests a second; 0 sets no bound.
        dialect: how fields, filters and keys are asked for.
        database: of an Odoo.
    """

    base: str
    auth: Auth
    resources: tuple[Resource, ...]
    dialect: Dialect = "plain"
    database: str = ""
    probe: str = ""
    per_second: float = 0.0
