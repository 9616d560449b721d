"""Questions about a source, each asked in a limited worker: drivers are other people's code."""

from __future__ import annotations

from typing import Any, Final, Literal

from stockturn.intake.sources.kind import Form, SourceKind
from stockturn.intake.sources.kinds import kind_of
from stockturn.intake.sources.source import Ground, Readable, Source, SourceColumn, Tested
from stockturn.intake.texts import as_text
from stockturn.jobs.worker import run_limited
from stockturn.settings import Settings

Verb = Literal["test", "tables", "columns", "preview"]

LONGEST_SECONDS: Final = 90
LONGEST_CELL: Final = 200


class Asking:
    """One source that is asked from the outside."""

    def __init__(self, kind: SourceKind, form: Form, settings: Settings) -> None:
        self._kind = kind
        self._form = dict(form)
        self._settings = settings

    def test(self) -> Tested:
        """Connect and say what answered.

        Raises:
            SourceFailure: it did not work, and why.
        """
        found: Tested = self._ask("test", "", 0)
        return found

    def tables(self) -> list[Readable]:
        """Return what can be read."""
        found: list[Readable] = self._ask("tables", "", 0)
        return found

    def columns(self, what: str) -> list[SourceColumn]:
        """Return the columns of one thing that can be read."""
        found: list[SourceColumn] = self._ask("columns", what, 0)
        return found

    def preview(self, what: str, rows: int) -> dict[str, list[str | None]]:
        """Return the first rows as text, column by column."""
        found: dict[str, list[str | None]] = self._ask("preview", what, rows)
        return found

    def _ask(self, verb: Verb, what: str, rows: int) -> Any:
        return run_limited(
            answered,
            self._kind.key,
            self._form,
            Ground.of(self._settings),
            verb,
            what,
            rows,
            memory_mb=self._settings.worker_memory_mb,
            seconds=LONGEST_SECONDS,
            subject=self._kind.name.zh,
        )


def answered(kind: str, form: Form, ground: Ground, verb: Verb, what: str, rows: int) -> Any:
    """Answer one question; runs in the worker."""
    source: Source = kind_of(kind).connect(form, ground)
    match verb:
        case "test":
            return source.test()
        case "tables":
            return source.tables()
        case "columns":
            return source.columns(what)
        case "preview":
            table = source.preview(what, rows).combine_chunks()
            return {name: _texts(table.column(name)) for name in table.column_names}


def _texts(column: Any) -> list[str | None]:
    found: list[str | None] = []
    for chunk in column.chunks:
        found += [value if value is None else value[:LONGEST_CELL] for value in _plain(chunk)]
    return found


def _plain(chunk: Any) -> list[str | None]:
    texts: list[str | None] = as_text(chunk).to_pylist()
    return texts
