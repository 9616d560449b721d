"""A feed's plan as a value: what is read of a source and how the next read knows what is new."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

from stockturn.intake.sources.source import Condition, Overlap, OverlapUnit, Test
from stockturn.language import Text, UsageError

Mode = Literal["full", "cursor", "modified", "snapshot"]
Policy = Literal["evolve", "freeze", "quarantine"]

MODES: Final[dict[Mode, Text]] = {
    "full": Text("每次全部读取", "everything each time"),
    "cursor": Text("按递增列（游标）", "by a column that grows"),
    "modified": Text("按最后修改时间", "by time of last change"),
    "snapshot": Text("与上次快照比较", "by comparing with the last extract"),
}
POLICIES: Final[dict[Policy, Text]] = {
    "freeze": Text("停下等人确认", "stop until somebody agrees"),
    "evolve": Text("接受新结构", "accept the change"),
    "quarantine": Text("不采用，继续导入其余", "leave it out, load the rest"),
}


class PlanInvalid(UsageError):
    """A feed's plan that does not fit together; ``field`` names the place."""

    code = "feed_plan_invalid"

    def __init__(self, field: str, words: Text) -> None:
        super().__init__(
            Text(f"取数任务的“{field}”：{words.zh}", f"“{field}” of the feed: {words.en}")
        )
        self.field = field


@dataclass(frozen=True)
class Plan:
    """What a feed reads and how.

    Attributes:
        what: a name of :meth:`Source.tables`.
        mapping: name of the mapping its files are read with.
        file_name: what the files are called, without suffix: mappings know files by name.
        columns: empty = all that can be read.
        where: filters.
        mode: how the next read knows what is new.
        column: the cursor column of ``cursor`` and ``modified``.
        overlap: how far those go back.
        key: columns that name a row for good; a row that comes again replaces its old self.
        deleted: column that is filled when the row is deleted at the source; empty for none.
        drift: what a change of structure does, unless a column says otherwise.
        drift_columns: column -> policy.
        owner: who is told; a sign-in name. Free text in plans of before people could be chosen.
    """

    what: str
    mapping: str
    file_name: str
    columns: tuple[str, ...] = ()
    where: tuple[Condition, ...] = ()
    mode: Mode = "full"
    column: str = ""
    overlap: Overlap | None = None
    key: tuple[str, ...] = ()
    deleted: str = ""
    drift: Policy = "freeze"
    drift_columns: tuple[tuple[str, Policy], ...] = ()
    owner: str = ""

    @property
    def needed(self) -> frozenset[str]:
        """The columns that the feed cannot do without."""
        named = {self.column, self.deleted, *self.key, *(each.column for each in self.where)}
        return frozenset(named - {""})

    @property
    def read_columns(self) -> tuple[str, ...]:
        """The listed columns with those the feed itself needs; empty = all."""
        if not self.columns:
            return ()
        extra = sorted({self.deleted, self.column, *self.key} - {""} - set(self.columns))
        return (*self.columns, *extra)

    def policy(self, column: str) -> Policy:
        """What a change of this column does."""
        return dict(self.drift_columns).get(column, self.drift)

    def tree(self) -> dict[str, Any]:
        """Return the plan as JSON knows it."""
        overlap = self.overlap
        return {
            "what": self.what,
            "mapping": self.mapping,
            "file_name": self.file_name,
            "columns": list(self.columns),
            "where": [
                {"column": each.column, "test": each.test, "values": list(each.values)}
                for each in self.where
            ],
            "mode": self.mode,
            "column": self.column,
            "overlap": overlap and {"amount": overlap.amount, "unit": overlap.unit},
            "key": list(self.key),
            "deleted": self.deleted,
            "drift": self.drift,
            "drift_columns": dict(self.drift_columns),
            "owner": self.owner,
        }


_KNOWN: Final = frozenset(Plan("", "", "").tree())


def read_plan(tree: Mapping[str, Any]) -> Plan:
    """Read a plan from JSON and check that its parts fit together.

    Raises:
        PlanInvalid: a part is unknown, missing or does not fit the others.
    """
    for key in tree:
        if key not in _KNOWN:
            raise PlanInvalid(str(key), Text("没有这一项。", "there is no such part."))
    what = _text(tree, "what")
    plan = Plan(
        what=what,
        mapping=_text(tree, "mapping"),
        file_name=_file_name(tree, what),
        columns=_names(tree, "columns"),
        where=tuple(_condition(each) for each in tree.get("where") or ()),
        mode=_one_of(tree, "mode", tuple(MODES), "full"),
        column=_text(tree, "column", required=False),
        overlap=_overlap(tree.get("overlap")),
        key=_names(tree, "key"),
        deleted=_text(tree, "deleted", required=False),
        drift=_one_of(tree, "drift", tuple(POLICIES), "freeze"),
        drift_columns=_policies(tree.get("drift_columns") or {}),
        owner=_text(tree, "owner", required=False),
    )
    _fits(plan)
    return plan


def _fits(plan: Plan) -> None:
    grows = plan.mode in {"cursor", "modified"}
    if grows and not plan.column:
        raise PlanInvalid("column", Text("请指定游标列。", "name the column that grows."))
    if grows and plan.overlap is None:
        raise PlanInvalid(
            "overlap",
            Text(
                "请写明重叠量与单位（rows、seconds 或 days）；不重叠写 0 rows。",
                "state the overlap and its unit (rows, seconds or days); 0 rows for none.",
            ),
        )
    if not grows and (plan.column or plan.overlap is not None):
        words = Text("只有按列增量时才需要。", "only a column that grows takes one.")
        raise PlanInvalid("column" if plan.column else "overlap", words)
    if (plan.mode != "full" or plan.deleted) and not plan.key:
        raise PlanInvalid(
            "key",
            Text(
                "请指定唯一确定一行的列（如单据号与行号），否则重复读到的行无法识别。",
                "name the columns that tell one row from all others (such as document and line); "
                "a row that is read again could not be recognised otherwise.",
            ),
        )


def _text(tree: Mapping[str, Any], key: str, *, required: bool = True) -> str:
    found = tree.get(key) or ""
    if not isinstance(found, str) or len(found) > 500 or (required and not found.strip()):
        raise PlanInvalid(key, Text("请填写一行文字。", "takes one line of text."))
    return found


def _file_name(tree: Mapping[str, Any], what: str) -> str:
    name = tree.get("file_name") or what.rpartition(".")[2] or what
    plain = "".join(
        "_" if each in '/\\:*?"<>|' or not each.isprintable() else each for each in name
    )
    return plain.strip(". ")[:100] or "extract"


def _names(tree: Mapping[str, Any], key: str) -> tuple[str, ...]:
    found = tree.get(key) or ()
    if not isinstance(found, list | tuple) or not all(isinstance(each, str) for each in found):
        raise PlanInvalid(key, Text("应为列名的列表。", "takes a list of column names."))
    if len(set(found)) < len(found):
        raise PlanInvalid(key, Text("列名重复。", "a column stands twice."))
    return tuple(found)


def _one_of(tree: Mapping[str, Any], key: str, known: tuple[Any, ...], default: str) -> Any:
    found = tree.get(key) or default
    if found not in known:
        listed = ", ".join(known)
        raise PlanInvalid(key, Text(f"只能是：{listed}。", f"must be one of: {listed}."))
    return found


def _condition(tree: Any) -> Condition:
    tests = get_args(Test)
    match tree:
        case {"column": str(column), "test": str(test)} if test in tests:
            values = tree.get("values") or ()
            return Condition(column, test, tuple(str(value) for value in values))  # type: ignore[arg-type]
        case _:
            listed = ", ".join(tests)
            words = Text(
                f"条件应有 column 与 test（{listed}）。", f"takes column and test ({listed})."
            )
            raise PlanInvalid("where", words)


def _overlap(tree: Any) -> Overlap | None:
    units = get_args(OverlapUnit)
    match tree:
        case None:
            return None
        case {"amount": int(amount), "unit": str(unit)} if unit in units and amount >= 0:
            return Overlap(amount, unit)  # type: ignore[arg-type]
        case _:
            listed = ", ".join(units)
            words = Text(
                f"应有不小于 0 的 amount 与 unit（{listed}）。",
                f"takes an amount of 0 or more and a unit ({listed}).",
            )
            raise PlanInvalid("overlap", words)


def _policies(tree: Any) -> tuple[tuple[str, Policy], ...]:
    if not isinstance(tree, Mapping):
        raise PlanInvalid("drift_columns", Text("应为列名到策略。", "takes column to policy."))
    return tuple((str(key), _one_of(tree, key, tuple(POLICIES), "freeze")) for key in tree)
