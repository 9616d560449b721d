"""Quality rules and what they found: score, trend, failing rows."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from stockturn.intake import quality as intake
from stockturn.language import Language
from stockturn.ledger import quality
from stockturn.ledger.quality import QualityResult, QualityRule, rule_tree
from stockturn.server.deeds import NoteHere
from stockturn.server.desk import PROBLEMS, DeskHere, Lang
from stockturn.server.shapes import number


class WordsShape(BaseModel):
    """A sentence in both languages."""

    zh: str
    en: str


class RuleShape(BaseModel):
    """One quality rule; numbers as text, so that they stay exact."""

    key: str = Field(min_length=1, max_length=100, pattern=r"^[a-z][a-z0-9_]*$")
    version: int = 1
    title: WordsShape
    kind: Literal[
        "completeness",
        "uniqueness",
        "reference",
        "range",
        "freshness",
        "volume",
        "balance_identity",
        "cost_coverage",
        "count_accuracy",
    ]
    severity: Literal["error", "warning", "note"] = "warning"
    table: str = "movement"
    columns: list[str] = []
    where: dict[str, list[str]] = {}
    low: str | None = None
    high: str | None = None
    target: str = "1"
    owner: str = ""


class RuleList(BaseModel):
    """The rules that the next load is checked by."""

    rules: list[RuleShape]


class RuleTable(BaseModel):
    """A table whose rows a rule may look at."""

    name: str
    columns: list[str]
    numbers: list[str] = Field(description="the columns that hold numbers")


class RuleTables(BaseModel):
    """Every table that a rule may name."""

    tables: list[RuleTable]


class ExampleShape(BaseModel):
    """One failing row and where it stands."""

    file: str | None = None
    sheet: str | None = None
    row: int | None = None
    found: str | None = None


class ResultShape(BaseModel):
    """What a rule found in one load."""

    load_no: int
    rule: str
    version: int
    title: str
    severity: str
    owner: str
    checked: int
    passed: int
    share: str | None
    target: str | None
    holds: bool | None
    examples: list[ExampleShape]


class QualityShape(BaseModel):
    """The score, from 0 to 1, and the newest result of each rule."""

    score: str | None
    results: list[ResultShape]


class TrendShape(BaseModel):
    """A rule's results, the oldest first."""

    results: list[ResultShape]


routes = APIRouter()
"""The same for the page (``/api``) and the command line (``/internal``)."""


@routes.get("/quality")
def get_quality(
    desk: DeskHere,
    load_no: Annotated[int | None, Query(description="of this load; else the newest")] = None,
    lang: Lang = "zh",
) -> QualityShape:
    """The quality of the data: a score and what each rule found."""
    found = quality.results(desk.engine, load_no=load_no)
    return QualityShape(
        score=number(quality.score(found)), results=[_result(one, lang) for one in found]
    )


@routes.get("/quality/rules")
def get_quality_rules(desk: DeskHere) -> RuleList:
    """The rules in force: the ready ones and the workspace's own."""
    return RuleList(rules=[_rule(rule) for rule in intake.rules_in_force(desk.workspace)])


@routes.get("/quality/tables")
def get_quality_tables() -> RuleTables:
    """The tables and columns that a rule may name."""
    return RuleTables(
        tables=[
            RuleTable(name=name, columns=columns, numbers=numbers)
            for name, columns, numbers in quality.rule_tables()
        ]
    )


@routes.post("/quality/rules")
def post_quality_rule(rule: RuleShape, desk: DeskHere, note: NoteHere) -> RuleShape:
    """Keep a rule as the next version of its key; it is in force from the next load on."""
    saved = intake.save_rule(desk.workspace, rule.model_dump())
    note.of(saved.key, version=saved.version, kind=saved.kind)
    return _rule(saved)


@routes.delete("/quality/rules/{key}", status_code=204)
def delete_quality_rule(key: str, desk: DeskHere) -> None:
    """Take a rule out of force; what it found stays."""
    intake.switch_off(desk.workspace, key)


@routes.get("/quality/trend")
def get_quality_trend(
    desk: DeskHere,
    rule: Annotated[str, Query(description="key of the rule")],
    loads: Annotated[int, Query(ge=1, le=365)] = 30,
    lang: Lang = "zh",
) -> TrendShape:
    """What a rule found in the last loads."""
    found = quality.trend(desk.engine, rule, loads=loads)
    return TrendShape(results=[_result(one, lang) for one in found])


def _rule(rule: QualityRule) -> RuleShape:
    tree: dict[str, Any] = rule_tree(rule)
    return RuleShape(**tree)


def _result(one: QualityResult, language: Language) -> ResultShape:
    return ResultShape(
        load_no=one.load_no,
        rule=one.rule,
        version=one.version,
        title=one.title.read(language),
        severity=one.severity,
        owner=one.owner,
        checked=one.checked,
        passed=one.passed,
        share=number(one.share),
        target=number(one.target),
        holds=one.holds,
        examples=[ExampleShape(**example) for example in one.examples],
    )


router = APIRouter(prefix="/api", tags=["data"], responses=PROBLEMS)
router.include_router(routes)
