"""A source's structure against the one that was agreed: what is read, said, or waited for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from stockturn.intake.feeds.plan import Plan
from stockturn.intake.sources.failures import SchemaChanged
from stockturn.intake.sources.source import SourceColumn
from stockturn.language import Text

NEW: Final = Text("新增列“{name}”（{type}）", "new column “{name}” ({type})")
MISSING: Final = Text("缺少列“{name}”", "column “{name}” is missing")
CHANGED: Final = Text(
    "列“{name}”的类型由 {before} 变为 {type}", "column “{name}” changed from {before} to {type}"
)
TAKEN: Final = Text("{change}，已按新结构读取。", "{change}; read as it is now.")
LEFT: Final = Text("{change}，未采用这一列。", "{change}; it is left out.")
GONE: Final = Text("{change}，照常导入其余各列。", "{change}; the other columns are loaded.")
STILL_READ: Final = Text(
    "{change}，照常读取；不合要求的值会被拒绝。",
    "{change}; it is read as before, and values that do not fit are rejected.",
)
ASK: Final = Text(
    "{changes}。请任务负责人确认新结构，或为这些列设定处理策略。",
    "{changes}. The feed's owner has to agree to the new structure, or give these columns a "
    "policy.",
)


@dataclass(frozen=True)
class Reading:
    """What a run reads.

    Attributes:
        columns: their names; empty = all.
        agreed: the structure to remember when the run has loaded.
        remarks: changes that did not stop it.
    """

    columns: tuple[str, ...]
    agreed: tuple[SourceColumn, ...]
    remarks: tuple[Text, ...]


def compare(
    source: str, plan: Plan, agreed: Sequence[SourceColumn], now: Sequence[SourceColumn]
) -> Reading:
    """Return what to read of the columns of now.

    Raises:
        SchemaChanged: a change stops the feed, by its policy or because it needs the column.
    """
    before = {column.name: column for column in agreed}
    present = {column.name: column for column in now}
    everything = set(before) | set(present)
    watched = set(plan.read_columns) | plan.needed if plan.columns else everything
    stops: list[Text] = []
    remarks: list[Text] = []
    left: set[str] = set()
    kept = dict(before)
    for name in [*present, *(name for name in before if name not in present)]:
        change = _change(before.get(name), present.get(name), name)
        if change is None or name not in watched:
            continue
        policy = plan.policy(name)
        if policy == "freeze" or (name in plan.needed and name not in present):
            stops.append(change)
        elif policy == "evolve":
            remarks.append(_within(TAKEN, change))
            if name in present:
                kept[name] = present[name]
            else:
                del kept[name]
        else:
            # A changed type is read: values that do not fit their column are rejected row by row.
            words = STILL_READ
            if name not in before or name not in present:
                left.add(name)
                words = LEFT if name in present else GONE
            remarks.append(_within(words, change))
    if stops:
        changes = Text("；".join(t.zh for t in stops), "; ".join(t.en for t in stops))
        detail = Text(ASK.zh.format(changes=changes.zh), ASK.en.format(changes=changes.en))
        raise SchemaChanged(source, what=plan.what, detail=detail)
    return Reading(_columns(plan, now, left), tuple(kept.values()), tuple(remarks))


def _columns(plan: Plan, now: Sequence[SourceColumn], left: set[str]) -> tuple[str, ...]:
    present = {column.name for column in now}
    if plan.columns:
        return tuple(name for name in plan.read_columns if name in present and name not in left)
    if not left:
        return ()
    return tuple(c.name for c in now if c.name not in left and c.refused is None)


def _change(before: SourceColumn | None, now: SourceColumn | None, name: str) -> Text | None:
    if before is None and now is not None:
        return NEW.fill(name=name, type=now.type)
    if now is None:
        return MISSING.fill(name=name)
    if before is not None and before.type != now.type:
        return CHANGED.fill(name=name, before=before.type, type=now.type)
    return None


def _within(words: Text, change: Text) -> Text:
    return Text(words.zh.format(change=change.zh), words.en.format(change=change.en))
