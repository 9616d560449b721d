"""What a held load asks a person, with the figures behind the sentence, and what they answered.

An answer given beforehand (``--replace``, ``--accept-drop``) settles whatever would be asked. One
given to a held load settles the questions that were asked and no others: what has come into the
ledger since, or a file that brings still less, is asked about anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Any, Final, Literal

from stockturn.intake.control import series_of
from stockturn.language import Text
from stockturn.ledger.rate_changes import RateChange, change_of, change_tree

Kind = Literal["overlap", "twins", "drop", "rate"]
Choice = Literal["replace", "add", "accept_drop", "keep_rates", "convert_again"]
OverlapAnswer = Literal["replace", "add"]

CHOICES: Final[dict[Kind, tuple[Choice, ...]]] = {
    "overlap": ("replace", "add"),
    "twins": ("add",),
    "drop": ("accept_drop",),
    "rate": ("keep_rates", "convert_again"),
}
"""What each kind of question can be answered with."""


@dataclass(frozen=True)
class Question:
    """One thing to be settled before a load is posted.

    Attributes:
        kind: ``overlap`` with an earlier file, ``twins`` in one load, ``drop`` in size, a ``rate``
            stated otherwise than amounts were converted; a decision answers that one, not the load.
        words: the question in a sentence.
        file: the file of the load it is about.
        rows: what that file states, from ``first_day`` to ``last_day``.
        other: the earlier file, or the other one of the load; None of a drop.
        other_load: the load of the earlier file.
        other_file: its number there.
        other_rows: rows of the earlier file, or those that the stream brought before.
        equal: rows that both files state.
        table: the entry table of a drop.
        rate: what is restated, with the amounts it would have converted otherwise.
    """

    kind: Kind
    words: Text
    file: str
    rows: int
    first_day: date | None = None
    last_day: date | None = None
    other: str | None = None
    other_load: int | None = None
    other_file: int | None = None
    other_rows: int | None = None
    other_first_day: date | None = None
    other_last_day: date | None = None
    equal: int | None = None
    table: str | None = None
    rate: RateChange | None = None

    @property
    def taken_back(self) -> int | None:
        """Entries of the earlier file that ``replace`` would reverse; None of other questions."""
        if self.kind != "overlap" or self.other_rows is None or self.equal is None:
            return None
        return max(0, self.other_rows - self.equal)

    @property
    def choices(self) -> tuple[Choice, ...]:
        """What it can be answered with: tax is not taken out again."""
        taxed = self.rate is not None and self.rate.table == "tax_rate"
        return ("keep_rates",) if taxed else CHOICES[self.kind]

    def asked_again(self, later: Question) -> bool:
        """Tell whether a later question is this one, so that its answer holds for it."""
        if self.kind != later.kind:
            return False
        if self.kind == "drop":
            same = (series_of(self.file), self.table) == (series_of(later.file), later.table)
            return same and later.rows >= self.rows
        mine, others = (
            (each.file, each.other, each.other_load, each.other_file) for each in (self, later)
        )
        return mine == others


@dataclass(frozen=True)
class Answers:
    """What a person said: beforehand, of whatever is asked, or to questions they were shown."""

    overlap: OverlapAnswer | None = None
    accept_drop: bool = False
    given: tuple[tuple[Question, Choice], ...] = ()

    @property
    def on_overlaps(self) -> str | None:
        """What was said of overlaps, the latest; kept with the load's manifest."""
        said = [choice for asked, choice in self.given if asked.kind != "drop"]
        return said[-1] if said else self.overlap

    def to(self, question: Question) -> Choice | None:
        """Return the answer to a question, the latest one; None where there is none."""
        for asked, choice in reversed(self.given):
            if asked.asked_again(question) and choice in CHOICES[question.kind]:
                return choice
        if question.kind == "drop":
            return "accept_drop" if self.accept_drop else None
        return self.overlap if self.overlap in CHOICES[question.kind] else None


def question_tree(question: Question) -> dict[str, Any]:
    """Return a question as JSON knows it, its sentence as [Chinese, English]."""
    tree = asdict(question)
    for name in _DAYS:
        tree[name] = tree[name] and tree[name].isoformat()
    rate = question.rate and change_tree(question.rate)
    return {**tree, "words": list(question.words), "rate": rate}


def question_of(tree: Mapping[str, Any]) -> Question:
    """Return the question that :func:`question_tree` wrote."""
    values: dict[str, Any] = {field.name: tree.get(field.name) for field in fields(Question)}
    for name in _DAYS:
        values[name] = values[name] and date.fromisoformat(values[name])
    rate = values["rate"] and change_of(values["rate"])
    return Question(**(values | {"words": Text(*tree["words"]), "rate": rate}))


def answer_tree(question: Question, choice: Choice) -> dict[str, Any]:
    """Return an answered question as JSON knows it, for the params of a run."""
    return {"question": question_tree(question), "choice": choice}


def answered_of(trees: Iterable[Mapping[str, Any]]) -> tuple[tuple[Question, Choice], ...]:
    """Return the answered questions that :func:`answer_tree` wrote."""
    return tuple((question_of(tree["question"]), tree["choice"]) for tree in trees)


_DAYS: Final = ("first_day", "last_day", "other_first_day", "other_last_day")
