"""An answer as a file to keep or send on."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response

from stockturn.delivery.export import to_csv, to_xlsx
from stockturn.delivery.sheet import sheet_of
from stockturn.server.contract import QueryShape
from stockturn.server.deeds import NoteHere
from stockturn.server.desk import PROBLEMS, DeskHere, Lang
from stockturn.server.shapes import query_of

router = APIRouter(tags=["metrics"], responses=PROBLEMS)

_TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}
_FILE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file",
        "content": {
            kind.partition(";")[0]: {"schema": {"type": "string", "format": "binary"}}
            for kind in _TYPES.values()
        },
    }
}


@router.post("/api/export", response_class=Response, responses=_FILE)
def post_export(
    query: QueryShape,
    desk: DeskHere,
    note: NoteHere,
    lang: Lang = "zh",
    file_format: Annotated[Literal["xlsx", "csv"], Query(alias="format")] = "xlsx",
) -> Response:
    """The answer to one question as a workbook or CSV, with its basis."""
    asked = query_of(query)
    sheet = sheet_of(desk.ask(asked), currency=desk.currency, language=lang)
    content = to_xlsx(sheet, lang) if file_format == "xlsx" else to_csv(sheet, lang)
    measures, by = list(asked.measures), list(asked.by)
    note.of(measures[0], measures=measures, by=by, format=file_format)
    # The name is plain ASCII: measures and days, never a member that a user typed.
    period = asked.period
    name = f"stockturn-{asked.measures[0]}-{period.begin}-{period.end}.{file_format}"
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=_TYPES[file_format], headers=headers)
