"""Sources and feeds as the API carries them. No shape that goes out has room for a secret."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from stockturn.accounts.told import sees_notices, who_is_told
from stockturn.accounts.users import User
from stockturn.intake.feeds.notices import Notice, Notices
from stockturn.intake.feeds.plan import Mode, Policy
from stockturn.intake.feeds.store import Feed
from stockturn.intake.sources.kind import Field as FormField
from stockturn.intake.sources.kind import FieldKind, Group, SourceKind
from stockturn.intake.sources.source import (
    Family,
    OverlapUnit,
    Readable,
    SourceColumn,
    Test,
    Tested,
)
from stockturn.intake.sources.store import StoredSource
from stockturn.language import Language
from stockturn.workspace import Workspace

Name = Annotated[str, Field(min_length=1, max_length=100)]
FieldValue = str | int | bool


class ChoiceShape(BaseModel):
    """One value of a choice."""

    value: str
    label: str


class FieldShape(BaseModel):
    """One field of a connection form."""

    key: str
    kind: FieldKind
    label: str
    hint: str | None
    required: bool
    default: FieldValue | None
    choices: list[ChoiceShape]
    lowest: int
    highest: int
    multiline: bool


class SourceKindShape(BaseModel):
    """One kind of source and the form that connects it."""

    key: str
    name: str
    group: Group
    tried: str = Field(description="what it was run against")
    fields: list[FieldShape]


class SourceKindList(BaseModel):
    """Every kind of source."""

    kinds: list[SourceKindShape]


class SourceShape(BaseModel):
    """One source; secret fields are only named."""

    name: str
    kind: str
    form: dict[str, FieldValue]
    secrets: list[str] = Field(description="secret fields that are filled")
    changed_at: datetime
    changed_by: str | None


class SourceList(BaseModel):
    """Every source by name."""

    sources: list[SourceShape]


class NewSource(BaseModel):
    """A source to be added."""

    name: Name
    kind: str
    form: dict[str, FieldValue]


class SourceForm(BaseModel):
    """A source's form to be replaced; a secret that is absent stays unless the address changes."""

    form: dict[str, FieldValue]


class TriedForm(BaseModel):
    """A form to be tried before it is kept."""

    kind: str
    form: dict[str, FieldValue]


class TestedShape(BaseModel):
    """A connection that works."""

    server: str
    remarks: list[str]


class ReadableShape(BaseModel):
    """One thing that can be read; ``rows`` is an estimate."""

    what: str
    kind: Literal["table", "view", "file", "resource"]
    rows: int | None


class ReadableList(BaseModel):
    """What can be read."""

    tables: list[ReadableShape]


class SourceColumnShape(BaseModel):
    """One column of a source."""

    name: str
    type: str
    family: Family
    refused: str | None = Field(description="why it is not read")


class SourceColumnList(BaseModel):
    """The columns of one table, in order."""

    columns: list[SourceColumnShape]


class PreviewShape(BaseModel):
    """The first rows of one table, as text."""

    columns: list[str]
    rows: list[list[str | None]]


class ConditionShape(BaseModel):
    """A filter of a feed."""

    column: str
    test: Test
    values: list[str] = []


class OverlapShape(BaseModel):
    """How far an incremental read goes back."""

    amount: Annotated[int, Field(ge=0)]
    unit: OverlapUnit


class PlanShape(BaseModel):
    """What a feed reads and how it knows what is new."""

    what: str
    mapping: str
    file_name: str = ""
    columns: list[str] = []
    where: list[ConditionShape] = []
    mode: Mode = "full"
    column: str = ""
    overlap: OverlapShape | None = None
    key: list[str] = []
    deleted: str = ""
    drift: Policy = "freeze"
    drift_columns: dict[str, Policy] = {}
    owner: str = Field(default="", description="sign-in name of who is told; empty for nobody")


class OwnerShape(BaseModel):
    """Whom a feed's owner stands for, as people are now."""

    login: str | None = Field(description="their sign-in name; null where no user is meant")
    name: str
    why_not: str | None = Field(description="why nobody is told, and what to do")


class NoticeShape(BaseModel):
    """A change of a feed's source that did not stop it, and that nobody has read of yet."""

    id: int
    text: str
    noticed_at: datetime
    load_no: int | None


class OwnerChoice(BaseModel):
    """A person who can own a feed."""

    login: str
    name: str


class OwnerList(BaseModel):
    """Everybody who can own a feed."""

    owners: list[OwnerChoice]


class FeedShape(BaseModel):
    """One feed as it is now."""

    name: str
    source: str
    version: int
    plan: PlanShape
    agreed: list[SourceColumnShape] = Field(description="columns that were agreed to")
    owner: OwnerShape
    notices: list[NoticeShape] = Field(description="changes not read of yet, the oldest first")
    made_at: datetime
    made_by: str | None


class FeedList(BaseModel):
    """Every feed by name."""

    feeds: list[FeedShape]


class NewFeed(BaseModel):
    """A feed to be added."""

    name: Name
    source: str
    plan: PlanShape


def kind_shape(kind: SourceKind, language: Language) -> SourceKindShape:
    """Return a kind in one language."""
    return SourceKindShape(
        key=kind.key,
        name=kind.name.read(language),
        group=kind.group,
        tried=kind.tried.read(language),
        fields=[_field(field, language) for field in kind.fields],
    )


def source_shape(source: StoredSource) -> SourceShape:
    """Return a source without its secrets."""
    return SourceShape(
        name=source.name,
        kind=source.kind,
        form=source.form,
        secrets=list(source.secrets),
        changed_at=source.changed_at,
        changed_by=source.changed_by,
    )


def tested_shape(tested: Tested, language: Language) -> TestedShape:
    """Return what answered."""
    return TestedShape(
        server=tested.server, remarks=[remark.read(language) for remark in tested.remarks]
    )


def readable_shape(readable: Readable) -> ReadableShape:
    """Return one thing that can be read."""
    return ReadableShape(what=readable.what, kind=readable.kind, rows=readable.rows)


def column_shape(column: SourceColumn, language: Language) -> SourceColumnShape:
    """Return a column in one language."""
    return SourceColumnShape(
        name=column.name,
        type=column.type,
        family=column.family,
        refused=None if column.refused is None else column.refused.read(language),
    )


def preview_shape(columns: dict[str, list[str | None]]) -> PreviewShape:
    """Return the first rows, row by row."""
    rows = [list(row) for row in zip(*columns.values(), strict=True)]
    return PreviewShape(columns=list(columns), rows=rows)


def feed_shapes(
    workspace: Workspace, feeds: Sequence[Feed], people: Sequence[User], language: Language
) -> list[FeedShape]:
    """Return feeds with their notices, and whether their owners are among the people."""
    unread = Notices(workspace).unread()
    return [_feed(feed, unread.get(feed.name, ()), people, language) for feed in feeds]


def _feed(
    feed: Feed, notices: Sequence[Notice], people: Sequence[User], language: Language
) -> FeedShape:
    told = who_is_told(feed.plan.owner, people)
    tree: dict[str, Any] = feed.plan.tree()
    return FeedShape(
        name=feed.name,
        source=feed.source,
        version=feed.version,
        plan=PlanShape(**tree),
        agreed=[column_shape(column, language) for column in feed.agreed],
        owner=OwnerShape(
            login=told.login,
            name=told.name,
            why_not=None if told.why_not is None else told.why_not.read(language),
        ),
        notices=[
            NoticeShape(
                id=each.id,
                text=each.words.read(language),
                noticed_at=each.noticed_at,
                load_no=each.load_no,
            )
            for each in notices
        ],
        made_at=feed.made_at,
        made_by=feed.made_by,
    )


def owner_list(people: Sequence[User]) -> OwnerList:
    """Return who of the people can own a feed."""
    can = [user for user in people if sees_notices(user)]
    return OwnerList(owners=[OwnerChoice(login=user.login, name=user.name) for user in can])


def _field(field: FormField, language: Language) -> FieldShape:
    return FieldShape(
        key=field.key,
        kind=field.kind,
        label=field.label.read(language),
        hint=None if field.hint is None else field.hint.read(language),
        required=field.required,
        default=field.default,
        choices=[
            ChoiceShape(value=choice.value, label=choice.label.read(language))
            for choice in field.choices
        ],
        lowest=field.lowest,
        highest=field.highest,
        multiline=field.multiline,
    )
