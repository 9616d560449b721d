"""Feeds: what is read of a source, tried without effect, run now, agreed to anew."""

from __future__ import annotations

from fastapi import APIRouter, Response

from stockturn.intake.feeds.job import KIND
from stockturn.intake.feeds.store import Feeds
from stockturn.intake.sources.asking import Asking
from stockturn.intake.sources.store import Sources
from stockturn.server.deeds import NoteHere
from stockturn.server.desk import PROBLEMS, CallerHere, DeskHere, Lang
from stockturn.server.run_shapes import RunShape, run_shape
from stockturn.server.source_shapes import (
    FeedList,
    FeedShape,
    NewFeed,
    PlanShape,
    feed_shape,
)

routes = APIRouter()
"""The same for the page (``/api``) and the command line (``/internal``)."""


@routes.get("/feeds")
def get_feeds(desk: DeskHere, lang: Lang = "zh") -> FeedList:
    """Every feed by name."""
    return FeedList(feeds=[feed_shape(feed, lang) for feed in Feeds(desk.workspace).all()])


@routes.post("/feeds", status_code=201)
def post_feed(
    new: NewFeed, desk: DeskHere, caller: CallerHere, note: NoteHere, lang: Lang = "zh"
) -> FeedShape:
    """Keep a new feed; it is run by hand or by a schedule of the kind ``feed``."""
    added = Feeds(desk.workspace).add(
        new.name, new.source, new.plan.model_dump(), actor=caller.actor.name
    )
    note.of(added.name, source=new.source, what=added.plan.what, mapping=added.plan.mapping)
    return feed_shape(added, lang)


@routes.get("/feeds/{name}")
def get_feed(name: str, desk: DeskHere, lang: Lang = "zh") -> FeedShape:
    """One feed."""
    return feed_shape(Feeds(desk.workspace).get(name), lang)


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
    changed = Feeds(desk.workspace).change(name, plan.model_dump(), actor=actor)
    note.of(name, version=changed.version, what=changed.plan.what, mapping=changed.plan.mapping)
    return feed_shape(changed, lang)


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
    return feed_shape(feeds.get(name), lang)


router = APIRouter(prefix="/api", tags=["sources"], responses=PROBLEMS)
router.include_router(routes)
