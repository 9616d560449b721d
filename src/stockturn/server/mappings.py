"""Mappings: which there are, the product's own and this company's."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path, PurePath
from typing import Final

from fastapi import APIRouter, UploadFile
from pydantic import BaseModel, Field

from stockturn.intake.known_mappings import known_mappings
from stockturn.intake.mapping_yaml import find_mapping
from stockturn.intake.own_mappings import mapping_versions, save_mapping, suggest_limited
from stockturn.intake.suggest import Suggestion, redraft, suggest_columns, targets
from stockturn.language import Language, StockTurnError, Text
from stockturn.server.deeds import NoteHere
from stockturn.server.desk import PROBLEMS, DeskHere, Lang
from stockturn.server.kinds import KIND_NAMES


class MappingShape(BaseModel):
    """One mapping that files can be read with."""

    name: str
    version: str
    title: str
    description: str
    own: bool = Field(description="of this company, not one that comes with the product")
    usable: bool = Field(description="false where something is wrong with it; the title says what")
    checked_on: str = Field(default="", description="what it was tried on")


class MappingList(BaseModel):
    """This company's mappings, then the product's."""

    mappings: list[MappingShape]


router = APIRouter(prefix="/api", tags=["mappings"], responses=PROBLEMS)


@router.get("/mappings")
def get_mappings(desk: DeskHere, lang: Lang = "zh") -> MappingList:
    """Every mapping that files can be read with; one with a mistake says what is wrong."""
    return MappingList(
        mappings=[
            MappingShape(
                name=known.name,
                version=known.mapping.version if known.mapping else "",
                title=known.about.read(lang),
                description=known.mapping.description.read(lang) if known.mapping else "",
                own=known.own,
                usable=known.mapping is not None,
                checked_on=known.mapping.checked_on.read(lang)
                if known.mapping and known.mapping.checked_on
                else "",
            )
            for known in known_mappings(desk.workspace.packs)
        ]
    )


class MappingMissing(StockTurnError):
    """No mapping has this name."""

    code = "mapping_missing"
    status = 404

    def __init__(self, name: str) -> None:
        super().__init__(
            Text(
                f"没有名为“{name}”的映射。请在映射列表中选择。",
                f"There is no mapping called “{name}”. Choose one from the list.",
            )
        )


class MappingText(BaseModel):
    """One mapping as it is written, with the versions before it."""

    name: str
    version: str
    content: str = Field(description="YAML")
    versions: list[str] = Field(description="newest first; empty for one of the product")


class GuessShape(BaseModel):
    """What one column of a file seems to be."""

    header: str
    target: str | None = Field(description="null where it was not recognised")
    confidence: float = Field(description="0 to 1")
    reason: str
    samples: list[str]


class SuggestionShape(BaseModel):
    """What a file or a source's table seems to be, and the mapping that would read it."""

    file: str
    sheet: str | None
    header_row: int
    table: str
    confidence: float
    columns: list[GuessShape]
    constants: dict[str, str] = Field(description="what holds for every row, by column")
    missing: list[str]
    reasons: list[str]
    fingerprint: str
    draft: str = Field(description="YAML, to be confirmed")
    sheets: list[str] = Field(description="of a workbook that it is for; empty = all")


class SuggestionList(BaseModel):
    """One suggestion for each filled sheet."""

    suggestions: list[SuggestionShape]


class PreviewBody(BaseModel):
    """The first rows of a source's table."""

    name: str = Field(max_length=200)
    headers: list[str] = Field(max_length=1_000)
    rows: list[list[str | None]] = Field(max_length=2_000)


class WordShape(BaseModel):
    """A value that a column of fixed words can have."""

    value: str
    label: str


class TargetShape(BaseModel):
    """A column that a table can take."""

    name: str
    label: str
    needed: bool
    shared: bool = Field(description="every row of a file may have the same")
    implied_by: str | None = Field(description="another column that says as much")
    words: list[WordShape] = Field(description="what every row may be; empty = anything")


class TargetTable(BaseModel):
    """A table of the ledger and what a file's columns can be in it."""

    table: str
    columns: list[TargetShape]


class TargetList(BaseModel):
    """Every table that a mapping can fill."""

    tables: list[TargetTable]


class ColumnChoice(BaseModel):
    """What a person says a column is."""

    header: str
    target: str | None = Field(description="null where it is not read")
    samples: list[str] = Field(default=[], max_length=200)


class DraftBody(BaseModel):
    """A file's columns as a person has settled them."""

    name: str = Field(max_length=200, description="of the file or the source's table")
    table: str = Field(description="dataset for a free table")
    columns: list[ColumnChoice] = Field(max_length=1_000)
    constants: dict[str, str] = Field(default={}, description="what holds for every row, by column")
    sheet: str | None = Field(default=None, description="of a workbook")
    sheets: list[str] = Field(default=[], description="that it is for; empty = all")


class DraftShape(BaseModel):
    """The mapping that the choices make."""

    draft: str = Field(description="YAML, to be confirmed")
    missing: list[str] = Field(description="columns without which no row can be read")


class SaveBody(BaseModel):
    """A mapping that a person has confirmed."""

    content: str = Field(max_length=500_000, description="YAML")
    headers: list[str] = Field(default=[], max_length=50, description="fingerprints it is for")


@router.get("/mappings/targets")
def get_targets(lang: Lang = "zh") -> TargetList:
    """What a column of a file can be, by table."""
    return TargetList(
        tables=[
            TargetTable(
                table=table,
                columns=[
                    TargetShape(
                        name=each.name,
                        label=each.label.read(lang),
                        needed=each.needed,
                        shared=each.shared,
                        implied_by=each.implied_by,
                        words=_words(table, each.name, lang),
                    )
                    for each in columns
                ],
            )
            for table, columns in targets().items()
        ]
    )


def _words(table: str, column: str, lang: Language) -> list[WordShape]:
    """Return the kinds that a whole list can be of; not those that the ledger makes itself."""
    if (table, column) != ("movement", "kind"):
        return []
    whole = [kind for kind in KIND_NAMES if kind not in _NOT_WHOLE]
    return [WordShape(value=kind, label=KIND_NAMES[kind].read(lang)) for kind in whole]


_NOT_WHOLE: Final = frozenset(
    {"transfer_out", "transfer_in", "status_change", "unexplained", "sale"}
)
"""Kinds of which no list of movements consists: they come in pairs, or are worked out."""


@router.post("/mappings/draft")
def post_draft(body: DraftBody) -> DraftShape:
    """Write the mapping that a person's choices make; nothing is kept."""
    columns = [(each.header, each.target, each.samples) for each in body.columns]
    draft, missing = redraft(
        body.name, body.table, columns, body.constants, body.sheet, body.sheets
    )
    return DraftShape(draft=draft, missing=list(missing))


@router.get("/mappings/{name}")
def get_mapping(name: str, desk: DeskHere) -> MappingText:
    """One mapping as it is written."""
    listed = {known.name for known in known_mappings(desk.workspace.packs)}
    if name not in listed:
        raise MappingMissing(name)
    mapping = find_mapping(name, (desk.workspace.packs,))
    versions = [each.version for each in mapping_versions(desk.workspace.packs, name)]
    return MappingText(
        name=name, version=mapping.version, content=mapping.content, versions=versions
    )


@router.post("/mappings/suggest")
def post_suggest(file: UploadFile, desk: DeskHere, lang: Lang = "zh") -> SuggestionList:
    """Suggest how to read an uploaded file; nothing is loaded or kept."""
    settings = desk.workspace.settings
    name = PurePath((file.filename or "file").replace("\\", "/")).name or "file"
    with tempfile.TemporaryDirectory(dir=desk.workspace.staging) as folder:
        path = Path(folder) / "upload"
        with path.open("wb") as copy:
            shutil.copyfileobj(file.file, copy)
        found = suggest_limited(
            path, name, memory_mb=settings.worker_memory_mb, seconds=settings.worker_seconds
        )
    return SuggestionList(suggestions=[_suggestion(each, lang) for each in found])


@router.post("/mappings/suggest/preview")
def post_suggest_preview(body: PreviewBody, lang: Lang = "zh") -> SuggestionList:
    """Suggest how to read a source's table from its preview."""
    width = len(body.headers)
    columns = [[row[i] if i < len(row) else None for row in body.rows] for i in range(width)]
    found = suggest_columns(body.name, body.headers, columns)
    return SuggestionList(suggestions=[_suggestion(found, lang)])


@router.put("/mappings/{name}")
def put_mapping(name: str, body: SaveBody, desk: DeskHere, note: NoteHere) -> MappingText:
    """Save a confirmed mapping; one of the same name becomes its next version."""
    saved = save_mapping(desk.workspace.packs, name, body.content, body.headers)
    note.of(name, version=saved.version)
    versions = [each.version for each in mapping_versions(desk.workspace.packs, name)]
    return MappingText(name=name, version=saved.version, content=saved.content, versions=versions)


def _suggestion(found: Suggestion, lang: Language) -> SuggestionShape:
    return SuggestionShape(
        file=found.file,
        sheet=found.sheet,
        header_row=found.header_row,
        table=found.table,
        confidence=found.confidence,
        columns=[
            GuessShape(
                header=guess.header,
                target=guess.target,
                confidence=guess.confidence,
                reason=guess.reason.read(lang),
                samples=list(guess.samples),
            )
            for guess in found.columns
        ],
        constants=found.constants,
        missing=list(found.missing),
        reasons=[reason.read(lang) for reason in found.reasons],
        fingerprint=found.fingerprint,
        draft=found.draft,
        sheets=list(found.sheets),
    )
