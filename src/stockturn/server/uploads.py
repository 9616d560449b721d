"""Uploaded files become a run that loads them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Header, UploadFile

from stockturn.intake import uploads
from stockturn.intake.load_job import KIND, mapping_of
from stockturn.intake.questions import OverlapAnswer
from stockturn.jobs.run import Run
from stockturn.language import Text
from stockturn.server.deeds import NoteHere
from stockturn.server.desk import PROBLEMS, CallerHere, Desk, DeskHere, Lang
from stockturn.server.errors import InvalidField
from stockturn.server.run_shapes import RunShape, run_shape
from stockturn.workspace import clear_disk_errors

router = APIRouter(tags=["data"], responses=PROBLEMS)

SPACE_FACTOR = 4
"""Disk a load needs, in sizes of its files: the upload, kept bytes, typed entries, ledger rows."""

_NO_FILES = Text("没有文件，请选择要导入的文件。", "holds no file; choose the files to load.")


@dataclass(frozen=True)
class Wanted:
    """What is to be done with an upload."""

    mapping: str
    mapping_file: UploadFile | None
    trial: bool
    requested_by: str | None
    idempotency_key: str | None = None
    accept_drop: bool = False
    answer: OverlapAnswer | None = None


@router.post("/api/uploads", status_code=202)
def post_upload(
    files: list[UploadFile],
    desk: DeskHere,
    caller: CallerHere,
    note: NoteHere,
    mapping: Annotated[str, Form()] = "",
    mapping_file: UploadFile | None = None,
    trial: Annotated[bool, Form()] = False,
    accept_drop: Annotated[bool, Form()] = False,
    answer: Annotated[OverlapAnswer | None, Form()] = None,
    idempotency_key: Annotated[str | None, Header(max_length=200)] = None,
    lang: Lang = "zh",
) -> RunShape:
    """Take files and queue a load of them; a trial load reports and changes nothing.

    Where a load was held because it repeats rows of earlier ones, ``answer`` says whether it
    replaces them or comes on top. The same ``Idempotency-Key`` again answers with the run that
    it began the first time.
    """
    wanted = Wanted(
        mapping, mapping_file, trial, caller.actor.name, idempotency_key, accept_drop, answer
    )
    run = submit_upload(desk, files, wanted)
    note.of(run.id, files=[file.filename for file in files], trial=trial)
    return run_shape(desk.runner, run, lang)


def submit_upload(desk: Desk, files: Sequence[UploadFile], wanted: Wanted) -> Run:
    """Keep uploaded files and queue a load of them.

    Raises:
        UsageError: no such mapping, or one that cannot be read.
        DiskFull: there is no room for the load.
    """
    workspace = desk.workspace
    if not files:
        raise InvalidField("files", _NO_FILES)
    with clear_disk_errors(workspace.root):
        workspace.require_space(SPACE_FACTOR * sum(file.size or 0 for file in files))
        token = uploads.begin(workspace)
        try:
            if wanted.mapping_file is not None:
                own = wanted.mapping_file
                name = own.filename or "mapping.yaml"
                uploads.write(workspace, token, uploads.MAPPING, name, own.file)
            # What cannot be read is refused now, while somebody is there to hear it.
            mapping = mapping_of(workspace, token, wanted.mapping)
            names = [
                uploads.write(workspace, token, uploads.FILES, file.filename or "", file.file).name
                for file in files
            ]
            params = {
                "upload": token,
                "mapping": wanted.mapping,
                "trial": wanted.trial,
                "accept_drop": wanted.accept_drop,
                "answer": wanted.answer,
                "subject": _subject(mapping.name, names),
            }
            run = desk.runner.submit(
                KIND,
                params,
                requested_by=wanted.requested_by,
                idempotency_key=wanted.idempotency_key,
            )
        except BaseException:
            uploads.remove(workspace, token)
            raise
    if run.params.get("upload") != token:
        # The same request came before: its run has its own copy.
        uploads.remove(workspace, token)
    return run


def _subject(mapping: str, names: Sequence[str]) -> str:
    more = f" +{len(names) - 3}" if len(names) > 3 else ""
    return f"{', '.join(names[:3])}{more} ({mapping})"
