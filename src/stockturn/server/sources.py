"""Sources: their kinds and forms, keeping and trying them, and what they hold."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from stockturn.intake.sources.asking import Asking
from stockturn.intake.sources.kinds import KINDS, kind_of
from stockturn.intake.sources.store import Sources
from stockturn.server.deeds import NoteHere
from stockturn.server.desk import PROBLEMS, CallerHere, Desk, DeskHere, Lang
from stockturn.server.source_shapes import (
    NewSource,
    PreviewShape,
    ReadableList,
    SourceColumnList,
    SourceForm,
    SourceKindList,
    SourceList,
    SourceShape,
    TestedShape,
    TriedForm,
    column_shape,
    kind_shape,
    preview_shape,
    readable_shape,
    source_shape,
    tested_shape,
)

routes = APIRouter()
"""The same for the page (``/api``) and the command line (``/internal``)."""

What = Annotated[str, Query(description="a name from the list of what can be read")]


@routes.get("/source-kinds")
def get_source_kinds(lang: Lang = "zh") -> SourceKindList:
    """Every kind of source with its form."""
    return SourceKindList(kinds=[kind_shape(kind, lang) for kind in KINDS.values()])


@routes.get("/sources")
def get_sources(desk: DeskHere) -> SourceList:
    """Every source by name."""
    return SourceList(sources=[source_shape(each) for each in Sources(desk.workspace).all()])


@routes.post("/sources", status_code=201)
def post_source(new: NewSource, desk: DeskHere, caller: CallerHere, note: NoteHere) -> SourceShape:
    """Keep a new source; nothing is connected to."""
    note.of(new.name, kind=new.kind)
    return source_shape(
        Sources(desk.workspace).add(new.name, new.kind, new.form, actor=caller.actor.name)
    )


@routes.post("/sources/test")
def post_source_test(tried: TriedForm, desk: DeskHere, lang: Lang = "zh") -> TestedShape:
    """Try a form before it is kept."""
    kind = kind_of(tried.kind)
    asking = Asking(kind, kind.read(tried.form), desk.workspace.settings)
    return tested_shape(asking.test(), lang)


@routes.get("/sources/{name}")
def get_source(name: str, desk: DeskHere) -> SourceShape:
    """One source."""
    return source_shape(Sources(desk.workspace).get(name))


@routes.put("/sources/{name}")
def put_source(name: str, changed: SourceForm, desk: DeskHere, caller: CallerHere) -> SourceShape:
    """Replace a source's form; a secret can be replaced, never read."""
    return source_shape(Sources(desk.workspace).change(name, changed.form, actor=caller.actor.name))


@routes.delete("/sources/{name}", status_code=204)
def delete_source(name: str, desk: DeskHere) -> Response:
    """Remove a source that no feed reads."""
    Sources(desk.workspace).remove(name)
    return Response(status_code=204)


@routes.post("/sources/{name}/test")
def post_kept_source_test(name: str, desk: DeskHere, lang: Lang = "zh") -> TestedShape:
    """Try a kept source."""
    return tested_shape(_asking(desk, name).test(), lang)


@routes.get("/sources/{name}/tables")
def get_source_tables(name: str, desk: DeskHere) -> ReadableList:
    """What can be read of a source."""
    return ReadableList(tables=[readable_shape(each) for each in _asking(desk, name).tables()])


@routes.get("/sources/{name}/columns")
def get_source_columns(
    name: str, what: What, desk: DeskHere, lang: Lang = "zh"
) -> SourceColumnList:
    """The columns of one table, file or resource."""
    found = _asking(desk, name).columns(what)
    return SourceColumnList(columns=[column_shape(each, lang) for each in found])


@routes.get("/sources/{name}/preview")
def get_source_preview(
    name: str, what: What, desk: DeskHere, rows: Annotated[int, Query(ge=1, le=200)] = 20
) -> PreviewShape:
    """The first rows of one table, file or resource."""
    return preview_shape(_asking(desk, name).preview(what, rows))


def _asking(desk: Desk, name: str) -> Asking:
    kind, form = Sources(desk.workspace).opened(name)
    return Asking(kind, form, desk.workspace.settings)


router = APIRouter(prefix="/api", tags=["sources"], responses=PROBLEMS)
router.include_router(routes)
