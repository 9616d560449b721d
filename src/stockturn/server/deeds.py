"""What the audit says of every route that changes something: the gate writes the line.

Each route but ``GET`` stands here, once for ``/api`` and ``/internal``: with the action that is
written once it has answered, with who writes it instead, or with the reason why nothing is written.
A route without a line answers 403, as one without a line in the matrix does. The line names who was
signed in, from where, the object by the address; a route says more with :data:`NoteHere`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Final

from fastapi import Depends, Request

from stockturn.accounts.audit import Deed


@dataclass(frozen=True)
class Act:
    """A line is written: the action, with places for parts of the address, and what it is done to.

    ``by`` names the part of the address that says which one; a route may say it itself.
    """

    action: str
    object_kind: str
    by: str = ""


@dataclass(frozen=True)
class Written:
    """Accounts writes the line itself, in the transaction of what is done."""

    action: str


@dataclass(frozen=True)
class Exempt:
    """Nothing is written, because of this."""

    why: str


Line = Act | Written | Exempt

_ASKS: Final = Exempt("asks or computes; nothing is kept or changed")
_TRIES: Final = Exempt("connects to a source to look; nothing is kept or changed")
_MACHINE: Final = Exempt("each message is kept with its number, sender and time")

DEEDS: Final[dict[tuple[str, str], Line]] = {
    # signing in and out, one's own account, people
    ("POST", "/session"): Written("sign_in"),
    ("DELETE", "/session"): Written("sign_out"),
    ("POST", "/links/look"): Exempt("says whose link it is; using it is written"),
    ("POST", "/links/use"): Written("sign_in_by_link"),
    ("POST", "/local-link"): Exempt("the link lives for minutes; using it is written"),
    ("POST", "/me/password"): Written("change_password"),
    ("DELETE", "/me/sessions/{session_id}"): Written("end_session"),
    ("POST", "/me/tokens"): Written("make_token"),
    ("DELETE", "/me/tokens/{token_id}"): Written("revoke_token"),
    ("POST", "/tokens"): Written("make_token"),
    ("DELETE", "/tokens/{token_id}"): Written("revoke_token"),
    ("POST", "/people"): Written("invite"),
    ("PATCH", "/people/{user_id}"): Written("change_person"),
    ("POST", "/people/{user_id}/link"): Written("make_link"),
    # figures
    ("POST", "/query"): _ASKS,
    ("POST", "/explain"): _ASKS,
    ("POST", "/rows"): _ASKS,
    ("POST", "/export"): Act("export", "query"),
    ("POST", "/quick"): _ASKS,
    ("POST", "/quick/sheet"): _ASKS,
    # data
    ("POST", "/quick/load"): Act("load", "run"),
    ("POST", "/uploads"): Act("load", "run"),
    ("POST", "/loads"): Act("load", "run"),
    ("POST", "/push/{feed}"): _MACHINE,
    ("POST", "/webhooks/{feed}"): _MACHINE,
    ("POST", "/runs/{run_id}/answer"): Act("answer_run", "run", "run_id"),
    ("POST", "/runs/{run_id}/cancel"): Act("cancel_run", "run", "run_id"),
    ("POST", "/periods/{verb}"): Act("{verb}_period", "period"),
    ("POST", "/merges/{verb}"): Act("{verb}_items", "item"),
    ("POST", "/rates/keep"): Act("keep_rates", "load"),
    ("POST", "/rates/kept/{load_no}/undo"): Act("undo_keep_rates", "load", "load_no"),
    ("POST", "/rates/convert"): Act("convert_again", "load"),
    ("POST", "/mappings/draft"): _ASKS,
    ("POST", "/mappings/suggest"): _ASKS,
    ("POST", "/mappings/suggest/preview"): _ASKS,
    ("PUT", "/mappings/{name}"): Act("save_mapping", "mapping", "name"),
    ("POST", "/sources"): Act("add_source", "source"),
    ("POST", "/sources/test"): _TRIES,
    ("PUT", "/sources/{name}"): Act("change_source", "source", "name"),
    ("DELETE", "/sources/{name}"): Act("remove_source", "source", "name"),
    ("POST", "/sources/{name}/test"): _TRIES,
    ("POST", "/feeds"): Act("add_feed", "feed"),
    ("PUT", "/feeds/{name}"): Act("change_feed", "feed", "name"),
    ("DELETE", "/feeds/{name}"): Act("remove_feed", "feed", "name"),
    ("POST", "/feeds/{name}/run"): Act("run_feed", "feed", "name"),
    ("POST", "/feeds/{name}/agree"): Act("agree_feed", "feed", "name"),
    ("POST", "/feeds/{name}/notices/read"): Exempt("the notice keeps who read it and when"),
    ("POST", "/quality/rules"): Act("save_rule", "rule"),
    ("DELETE", "/quality/rules/{key}"): Act("switch_off_rule", "rule", "key"),
    ("POST", "/quarantine/corrections"): Act("correct_rows", "quarantine"),
    ("POST", "/quarantine/{load_no}/replay"): Act("replay_rows", "load", "load_no"),
    ("POST", "/quarantine/discards"): Act("discard_rows", "quarantine"),
    ("POST", "/schedules"): Act("add_schedule", "schedule"),
    ("PATCH", "/schedules/{schedule_id}"): Act("change_schedule", "schedule", "schedule_id"),
    ("DELETE", "/schedules/{schedule_id}"): Act("remove_schedule", "schedule", "schedule_id"),
    ("POST", "/schedules/{schedule_id}/run"): Act("run_schedule", "schedule", "schedule_id"),
}
"""Method and path without ``/api`` or ``/internal`` -> what the audit says."""


@dataclass
class Note:
    """What a route adds to its line: which object, and details that hold no secret."""

    object_id: str = ""
    details: dict[str, Any] = field(default_factory=dict)

    def of(self, object_id: object, **details: Any) -> None:
        """Say what was done to which object."""
        self.object_id = str(object_id)
        self.details |= {key: said for key, said in details.items() if said not in (None, "")}


def line_of(method: str, template: str) -> Line | None:
    """Return what the audit says of a route; None where it has no line."""
    for prefix in ("/api", "/internal"):
        if template.startswith(f"{prefix}/"):
            return DEEDS.get((method, template.removeprefix(prefix)))
    return None


def deed_of(act: Act, parts: Mapping[str, str], note: Note) -> Deed:
    """Return the line of what has been done at an address with these parts."""
    known = note.object_id or parts.get(act.by, "")
    return Deed(act.action.format(**parts), act.object_kind, known, details=note.details)


def _note(request: Request) -> Note:
    state: dict[str, Any] = request.scope.setdefault("state", {})
    found = state.setdefault("note", Note())
    assert isinstance(found, Note)
    return found


NoteHere = Annotated[Note, Depends(_note)]
"""What the audit will say of this request, once it has succeeded."""
