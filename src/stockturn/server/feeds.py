"""Feeds: what is read of a source, tried without effect, run now, agreed to anew."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from stockturn.accounts.permissions import Permission
from stockturn.accounts.told import chosen_owner, who_is_told
from stockturn.intake.feeds.job import KIND
from stockturn.intake.feeds.notices import Notices
from stockturn.intake.feeds.store import Feed, Feeds
from stockturn.intake.sources.asking import Asking
from stockturn.intake.sources.store import Sources
from stockturn.language import Language
from stockturn.server.deeds import NoteHere
from stockturn.server.desk import PROBLEMS, CallerHere, Desk, DeskHere, Lang
from stockturn.server.run_shapes import RunShape, run_shape
from stockturn.server.source_shapes import (
    FeedList,
    FeedShape,
    NewFeed,
    OwnerList,
    PlanShape,
    feed_shapes,
    owner_list,
)

routes = APIRouter()
"""The same for the page (``/api``) and the command line (``/internal``)."""


@routes.get("/feeds")
def get_feeds(desk: DeskHere, lang: Lang = "zh") -> FeedList:
    """Every feed by name."""
    feeds = Feeds(desk.workspace).all()
    return FeedList(feeds=feed_shapes(desk.workspace, feeds, desk.people.everybody(), lang))


@routes.get("/feed-owners")
def get_feed_owners(desk: DeskHere) -> OwnerList:
    """Who can own a feed: people who may come in and see what waits."""
    return owner_list(desk.people.everybody())


@routes.post("/feeds", status_code=201)
def post_feed(
    new: NewFeed, desk: DeskHere, caller: CallerHere, note: NoteHere, lang: Lang = "zh"
) -> FeedShape:
    """Keep a new feed; it is run by hand or by a schedule of the kind ``feed``."""
    added = Feeds(desk.workspace).add(
        new.name, new.source, _plan(desk, new.plan), actor=caller.actor.name
    )
    note.of(added.name, source=new.source, what=added.plan.what, mapping=added.plan.mapping)
    return _shape(desk, added, lang)


@routes.get("/feeds/{name}")
def get_feed(name: str, desk: DeskHere, lang: Lang = "zh") -> FeedShape:
    """One feed."""
    return _shape(desk, Feeds(desk.workspace).get(name), lang)


@routes.put("/feeds/{name}")
def put_feed(
    name: str,
    plan: PlanShape,
    desk: DeskHere,
    caller: CallerHere,
    note: NoteHere,
    lang: Lang = "zh",
) -> FeedShape:
    """Give a feed a new version of its plan."""
    actor = caller.actor.name
    changed = Feeds(desk.workspace).change(name, _plan(desk, plan), actor=actor)
    note.of(name, version=changed.version, what=changed.plan.what, mapping=changed.plan.mapping)
    return _shape(desk, changed, lang)


@routes.delete("/feeds/{name}", status_code=204)
def delete_feed(name: str, desk: DeskHere) -> Response:
    """Remove a feed and its schedules; what it has loaded stays."""
    Feeds(desk.workspace).remove(name)
    for schedule in desk.runner.schedules.all():
        if schedule.kind == KIND and schedule.params.get("feed") == name:
            desk.runner.schedules.remove(schedule.id)
    return Response(status_code=204)


@routes.post("/feeds/{name}/run", status_code=202)
def post_feed_run(
    name: str,
    desk: DeskHere,
    caller: CallerHere,
    note: NoteHere,
    trial: bool = False,
    lang: Lang = "zh",
) -> RunShape:
    """Run a feed now; a trial reads and judges everything and changes nothing."""
    feed = Feeds(desk.workspace).get(name)
    params = {"feed": feed.name, "subject": feed.name, "trial": trial}
    run = desk.runner.submit(KIND, params, requested_by=caller.actor.name)
    note.of(name, run=run.id, trial=trial)
    return run_shape(desk.runner, run, lang)


@routes.post("/feeds/{name}/agree")
def post_feed_agree(name: str, desk: DeskHere, lang: Lang = "zh") -> FeedShape:
    """Agree to the structure that the source has now, so that a held feed goes on."""
    feeds = Feeds(desk.workspace)
    feed = feeds.get(name)
    kind, form = Sources(desk.workspace).opened(feed.source)
    feeds.agree(name, Asking(kind, form, desk.workspace.settings).columns(feed.plan.what))
    return _shape(desk, feeds.get(name), lang)


@routes.post("/feeds/{name}/notices/read")
def post_notices_read(
    name: str,
    upto: Annotated[int, Query(description="number of the last notice that was read")],
    desk: DeskHere,
    caller: CallerHere,
    lang: Lang = "zh",
) -> FeedShape:
    """Take the notices of a feed as read: by its owner, or by who manages sources."""
    feed = Feeds(desk.workspace).get(name)
    told = who_is_told(feed.plan.owner, desk.people.everybody())
    if caller.user is None or caller.user.login != told.login:
        caller.require(Permission.MANAGE_SOURCES)
    Notices(desk.workspace).read(feed.id, upto, caller.actor.name)
    return _shape(desk, feed, lang)


def _plan(desk: Desk, plan: PlanShape) -> dict[str, Any]:
    """Return a plan with its owner as the people know them."""
    return plan.model_dump() | {"owner": chosen_owner(plan.owner, desk.people.everybody())}


def _shape(desk: Desk, feed: Feed, language: Language) -> FeedShape:
    (shape,) = feed_shapes(desk.workspace, [feed], desk.people.everybody(), language)
    return shape


router = APIRouter(prefix="/api", tags=["sources"], responses=PROBLEMS)
router.include_router(routes)
