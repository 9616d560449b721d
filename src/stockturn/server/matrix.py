"""The permission matrix: every route and what it needs. A route without a line here answers 403.

Add a route, add its line: ``("GET", "/api/things/{thing_id}"): Permission.SEE_DATA``. The tests
walk every route with every role, and ``docs/permissions.md`` is written from this table. Addresses
below ``/internal`` need no line: they all take the owner's token.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from stockturn.accounts.permissions import Permission


class Need(StrEnum):
    """What a route needs that is no permission of a role."""

    OPEN = "open"
    """Nothing; who asks is not even looked up."""
    ANYONE = "anyone"
    """Nothing; whoever is signed in is known to the route."""
    SIGNED_IN = "signed_in"
    """Any person who is signed in."""
    OWNER_TOKEN = "owner_token"  # noqa: S105 - the name of a need
    """The command line of the user whose workspace it is."""
    MONITOR = "monitor"
    """A caller on this machine, or a token that may see data."""


Line = Need | Permission

ROUTES: Final[dict[tuple[str, str], Line]] = {
    # signing in and out, one's own account
    ("GET", "/api/session"): Need.ANYONE,
    ("POST", "/api/session"): Need.ANYONE,
    ("DELETE", "/api/session"): Need.SIGNED_IN,
    ("POST", "/api/links/look"): Need.OPEN,
    ("POST", "/api/links/use"): Need.ANYONE,
    ("GET", "/api/me"): Need.SIGNED_IN,
    ("POST", "/api/me/password"): Need.SIGNED_IN,
    ("DELETE", "/api/me/sessions/{session_id}"): Need.SIGNED_IN,
    ("POST", "/api/me/tokens"): Need.SIGNED_IN,
    ("DELETE", "/api/me/tokens/{token_id}"): Need.SIGNED_IN,
    # people and audit
    ("GET", "/api/people"): Permission.MANAGE_PEOPLE,
    ("POST", "/api/people"): Permission.MANAGE_PEOPLE,
    ("PATCH", "/api/people/{user_id}"): Permission.MANAGE_PEOPLE,
    ("POST", "/api/people/{user_id}/link"): Permission.MANAGE_PEOPLE,
    ("GET", "/api/audit"): Permission.READ_AUDIT,
    # figures
    ("GET", "/api/meta"): Need.SIGNED_IN,
    ("GET", "/api/overview"): Permission.SEE_FIGURES,
    ("POST", "/api/query"): Permission.SEE_FIGURES,
    ("POST", "/api/explain"): Permission.SEE_FIGURES,
    ("POST", "/api/rows"): Permission.SEE_FIGURES,
    ("GET", "/api/members"): Permission.SEE_FIGURES,
    ("POST", "/api/export"): Permission.EXPORT,
    ("POST", "/api/quick"): Need.SIGNED_IN,
    ("POST", "/api/quick/sheet"): Need.SIGNED_IN,
    ("POST", "/api/quick/load"): Permission.LOAD_DATA,
    # data
    ("GET", "/api/loads"): Permission.SEE_DATA,
    ("GET", "/api/loads/{load_no}"): Permission.SEE_DATA,
    ("GET", "/api/loads/{load_no}/moved"): Permission.SEE_FIGURES,
    ("GET", "/api/periods"): Permission.SEE_DATA,
    ("POST", "/api/periods/{verb}"): Permission.CLOSE_PERIODS,
    ("GET", "/api/merges"): Permission.SEE_DATA,
    ("GET", "/api/merges/preview"): Permission.MANAGE_ITEMS,
    ("POST", "/api/merges/{verb}"): Permission.MANAGE_ITEMS,
    ("GET", "/api/rates/kept"): Permission.SEE_DATA,
    ("POST", "/api/rates/keep"): Permission.CLOSE_PERIODS,
    ("POST", "/api/rates/kept/{load_no}/undo"): Permission.CLOSE_PERIODS,
    ("GET", "/api/rates/stale"): Permission.SEE_DATA,
    ("POST", "/api/rates/convert"): Permission.CLOSE_PERIODS,
    ("POST", "/api/uploads"): Permission.LOAD_DATA,
    ("POST", "/api/push/{feed}"): Permission.LOAD_DATA,
    # A webhook is signed with the secret of its source, which the route checks itself.
    ("POST", "/api/webhooks/{feed}"): Need.OPEN,
    ("GET", "/api/mappings"): Permission.SEE_DATA,
    ("GET", "/api/mappings/targets"): Permission.SEE_DATA,
    ("POST", "/api/mappings/draft"): Permission.LOAD_DATA,
    ("GET", "/api/mappings/{name}"): Permission.SEE_DATA,
    ("PUT", "/api/mappings/{name}"): Permission.MANAGE_SOURCES,
    ("POST", "/api/mappings/suggest"): Permission.LOAD_DATA,
    ("POST", "/api/mappings/suggest/preview"): Permission.LOAD_DATA,
    ("GET", "/api/source-kinds"): Permission.MANAGE_SOURCES,
    ("GET", "/api/sources"): Permission.SEE_DATA,
    ("POST", "/api/sources"): Permission.MANAGE_SOURCES,
    ("POST", "/api/sources/test"): Permission.MANAGE_SOURCES,
    ("GET", "/api/sources/{name}"): Permission.MANAGE_SOURCES,
    ("PUT", "/api/sources/{name}"): Permission.MANAGE_SOURCES,
    ("DELETE", "/api/sources/{name}"): Permission.MANAGE_SOURCES,
    ("POST", "/api/sources/{name}/test"): Permission.MANAGE_SOURCES,
    ("GET", "/api/sources/{name}/tables"): Permission.MANAGE_SOURCES,
    ("GET", "/api/sources/{name}/columns"): Permission.MANAGE_SOURCES,
    ("GET", "/api/sources/{name}/preview"): Permission.MANAGE_SOURCES,
    ("GET", "/api/feeds"): Permission.SEE_DATA,
    ("GET", "/api/feed-owners"): Permission.MANAGE_SOURCES,
    ("POST", "/api/feeds"): Permission.MANAGE_SOURCES,
    ("GET", "/api/feeds/{name}"): Permission.SEE_DATA,
    ("PUT", "/api/feeds/{name}"): Permission.MANAGE_SOURCES,
    ("DELETE", "/api/feeds/{name}"): Permission.MANAGE_SOURCES,
    ("POST", "/api/feeds/{name}/run"): Permission.LOAD_DATA,
    ("POST", "/api/feeds/{name}/agree"): Permission.MANAGE_SOURCES,
    # The route asks besides that the caller owns the feed, or manages sources.
    ("POST", "/api/feeds/{name}/notices/read"): Permission.SEE_DATA,
    ("GET", "/api/runs"): Permission.SEE_DATA,
    ("GET", "/api/runs/{run_id}"): Permission.SEE_DATA,
    ("GET", "/api/runs/{run_id}/messages"): Permission.SEE_DATA,
    ("GET", "/api/runs/{run_id}/events"): Permission.SEE_DATA,
    ("GET", "/api/runs/{run_id}/report"): Permission.SEE_DATA,
    ("POST", "/api/runs/{run_id}/answer"): Permission.LOAD_DATA,
    ("POST", "/api/runs/{run_id}/cancel"): Permission.MANAGE_JOBS,
    ("GET", "/api/quality"): Permission.SEE_DATA,
    ("GET", "/api/quality/rules"): Permission.SEE_DATA,
    ("GET", "/api/quality/tables"): Permission.SEE_DATA,
    ("POST", "/api/quality/rules"): Permission.MANAGE_QUALITY,
    ("DELETE", "/api/quality/rules/{key}"): Permission.MANAGE_QUALITY,
    ("GET", "/api/quality/trend"): Permission.SEE_DATA,
    ("GET", "/api/quarantine"): Permission.SEE_DATA,
    ("GET", "/api/quarantine/rows"): Permission.CORRECT_QUARANTINE,
    ("GET", "/api/quarantine/download"): Permission.CORRECT_QUARANTINE,
    ("POST", "/api/quarantine/corrections"): Permission.CORRECT_QUARANTINE,
    ("POST", "/api/quarantine/{load_no}/replay"): Permission.CORRECT_QUARANTINE,
    ("POST", "/api/quarantine/discards"): Permission.CORRECT_QUARANTINE,
    ("GET", "/api/schedules"): Permission.SEE_DATA,
    ("POST", "/api/schedules"): Permission.MANAGE_JOBS,
    ("PATCH", "/api/schedules/{schedule_id}"): Permission.MANAGE_JOBS,
    ("DELETE", "/api/schedules/{schedule_id}"): Permission.MANAGE_JOBS,
    ("POST", "/api/schedules/{schedule_id}/run"): Permission.MANAGE_JOBS,
    # the page itself, and monitoring
    ("GET", "/health"): Need.OPEN,
    ("GET", "/metrics"): Need.MONITOR,
    ("GET", "/api/openapi.json"): Need.SIGNED_IN,
    ("GET", "/assets/{name:path}"): Need.OPEN,
    ("GET", "/{path:path}"): Need.OPEN,
}
