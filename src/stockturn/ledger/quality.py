"""Quality rules: what should hold of the data, checked on what a load brought, kept as results.

A rule is a value without code. Its check is a plain expression over the load's own rows (of the
ledger's tables), so that its cost grows with the load. The rules in force stand in the manifest;
a rebuild repeats the results.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final, Literal, get_args

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from stockturn.engines import DuckDBEngine, Transaction, bound, built_once
from stockturn.language import Text, UsageError
from stockturn.ledger.schema import RECORDS
from stockturn.ledger.tables import LOAD_NO, table

Kind = Literal[
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
Severity = Literal["error", "warning", "note"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
SEVERITIES: Final[tuple[Severity, ...]] = get_args(Severity)
WEIGHTS: Final[dict[str, int]] = {"error": 5, "warning": 2, "note": 1}
"""What a rule counts for in the score."""
EXAMPLES: Final = 5
Masks = tuple[Any, Any]
"""Which rows a rule looks at, and which of them pass; boolean expressions."""
TABLES: Final = tuple(
    name
    for name, schema in RECORDS.items()
    if "load_no" in schema.names
    and not name.startswith(
        ("load", "reject", "quality", "decision", "period", "conversion", "dataset", "kit_")
    )
    and name not in {"stated_slice", "read_again"}
)
"""Tables whose rows a rule may look at: those that say which load brought them."""
_PLUMBING: Final = frozenset(
    [
        "load_no",
        "file_no",
        "sheet",
        "row_no",
        "occurrence",
        "gone",
        "source",
        "movement_id",
        "origin",
        "corrects",
        "kit_line",
    ]
)
"""Columns that say where a row comes from, not what it says."""


def rule_tables() -> list[tuple[str, list[str], list[str]]]:
    """Return each table that a rule may look at: name, its columns, those that hold numbers."""
    return [
        (
            name,
            [column for column in RECORDS[name].names if column not in _PLUMBING],
            [
                column
                for column, kind in RECORDS[name].items()
                if kind.is_numeric() and column not in _PLUMBING and not column.endswith("_id")
            ],
        )
        for name in TABLES
    ]


@dataclass(frozen=True)
class QualityRule:
    """One rule.

    Attributes:
        key: names it; a new version keeps the key.
        title: what it asks, in both languages.
        kind: which question.
        table: of the ledger, for the kinds that look at rows.
        columns: completeness and range: the column; uniqueness: the columns that name a row;
            reference: the master (item, location) that must be listed.
        where: (column, values): only rows with one of these.
        low: of ``range``: the least value.
        high: of ``range``: the greatest; of ``freshness``: days the data may lie behind.
        target: share of rows that must pass.
        owner: who looks after it.
    """

    key: str
    version: int
    title: Text
    kind: Kind
    severity: Severity = "warning"
    table: str = "movement"
    columns: tuple[str, ...] = ()
    where: tuple[tuple[str, tuple[str, ...]], ...] = ()
    low: Decimal | None = None
    high: Decimal | None = None
    target: Decimal = Decimal(1)
    owner: str = ""


@dataclass(frozen=True)
class QualityResult:
    """What a rule found in one load; ``share`` is None where it had nothing to look at."""

    load_no: int
    rule: str
    version: int
    title: Text
    severity: str
    owner: str
    checked: int
    passed: int
    target: Decimal
    examples: tuple[dict[str, Any], ...]

    @property
    def share(self) -> Decimal | None:
        """Share of the rows that pass."""
        return None if self.checked == 0 else Decimal(self.passed) / self.checked

    @property
    def holds(self) -> bool | None:
        """Whether the share reaches the target."""
        return None if self.share is None else self.share >= self.target


class BadRule(UsageError):
    """A rule does not say clearly what to check."""

    code = "bad_rule"


_NEEDS = Text("规则“{rule}”：{what}。", "Rule “{rule}”: {what}.")


def validate(rule: QualityRule) -> None:
    """Make sure that a rule names what there is.

    Raises:
        BadRule: with what is wrong.
    """
    if rule.table not in TABLES:
        raise _bad(rule, Text(f"没有表 {rule.table}", f"there is no table {rule.table}"))
    known = RECORDS[rule.table].names
    named = (*rule.columns, *(column for column, _ in rule.where))
    for column in named if rule.kind != "reference" else ():
        if column not in known:
            what = Text(
                f"表 {rule.table} 没有列 {column}", f"table {rule.table} has no column {column}"
            )
            raise _bad(rule, what)
    if rule.kind in {"completeness", "range", "uniqueness"} and not rule.columns:
        raise _bad(rule, Text("要写明列", "it must name a column"))
    if rule.kind == "range" and rule.low is None and rule.high is None:
        raise _bad(rule, Text("要写明上限或下限", "it must state a least or greatest value"))
    numeric = rule.kind == "range" and RECORDS[rule.table][rule.columns[0]].is_numeric()
    if rule.kind == "range" and not numeric:
        raise _bad(rule, Text("这一列不是数字", "the column is no number"))
    master = rule.columns[0] if rule.kind == "reference" and rule.columns else "item"
    if rule.kind == "reference" and (
        master not in {"item", "location"} or f"{master}_id" not in known
    ):
        raise _bad(rule, Text("只能查 item 或 location", "it can look up item or location"))
    if not 0 <= rule.target <= 1:
        raise _bad(rule, Text("目标应在 0 到 1 之间", "the target lies between 0 and 1"))


def _bad(rule: QualityRule, what: Text) -> BadRule:
    return BadRule(
        Text(
            _NEEDS.zh.format(rule=rule.key, what=what.zh),
            _NEEDS.en.format(rule=rule.key, what=what.en),
        )
    )


def evaluate(transaction: Transaction, rules: tuple[QualityRule, ...], learned_on: date) -> None:
    """Check every rule on the load being posted and write down what was found.

    All rules that look at single rows of one table are counted in one pass over the load's rows.

    Args:
        transaction: the posting one, with ``load_no`` bound.
        rules: the rules in force.
        learned_on: the day of the load, for the freshness of its data.
    """
    counts = _counts(transaction, [rule for rule in rules if rule.kind in _MASKS])
    found = []
    for rule in rules:
        if rule.kind in {"freshness", "volume"}:
            checked, passed, examples = _of_load(transaction, rule, learned_on)
        else:
            if rule.kind not in _MASKS:
                row = transaction.query(_passing(rule)).to_pylist()[0]
                counts[rule.key] = (row["checked"], int(row["passed"] or 0))
            checked, passed = counts[rule.key]
            examples = _examples(transaction, rule) if passed < checked else []
        if checked:
            found.append(_record(transaction, rule, checked, passed, examples))
    if found:
        schema = RECORDS["quality_result"].to_pyarrow()
        transaction.insert("quality_result", pa.Table.from_pylist(found, schema=schema))


def _counts(transaction: Transaction, rules: list[QualityRule]) -> dict[str, tuple[int, int]]:
    """Return rule -> (rows checked, rows that pass), with one query a table."""
    found: dict[str, tuple[int, int]] = {}
    for name in dict.fromkeys(rule.table for rule in rules):
        own = [rule for rule in rules if rule.table == name]
        row = transaction.query(_sums(name, own)).to_pylist()[0]
        for place, rule in enumerate(own):
            found[rule.key] = (int(row[f"c{place}"] or 0), int(row[f"p{place}"] or 0))
    return found


@built_once
def _sums(name: str, rules: list[QualityRule]) -> ir.Table:
    """Count for the rule at each place the rows it checks (``c``) and those that pass (``p``)."""
    rows = _brought(name)
    sums: dict[str, Any] = {}
    for place, rule in enumerate(rules):
        applies, passes = _MASKS[rule.kind](rule, rows)
        for column, values in rule.where:
            applies = applies & rows[column].cast("string").isin(list(values))
        sums[f"c{place}"] = applies.fill_null(False).sum()
        sums[f"p{place}"] = (applies & passes).fill_null(False).sum()
    return rows.aggregate(**sums)


@built_once
def _passing(rule: QualityRule) -> ir.Table:
    rows = _judged(rule)
    return rows.aggregate(checked=rows.count(), passed=rows.passes.sum())


def _record(
    transaction: Transaction,
    rule: QualityRule,
    checked: int,
    passed: int,
    examples: list[dict[str, Any]],
) -> dict[str, Any]:
    return {
        "load_no": transaction.values["load_no"],
        "rule": rule.key,
        "version": rule.version,
        "title_zh": rule.title.zh,
        "title_en": rule.title.en,
        "kind": rule.kind,
        "severity": rule.severity,
        "owner": rule.owner,
        "checked": checked,
        "passed": passed,
        "target": rule.target,
        "examples": json.dumps(examples, ensure_ascii=False, default=str),
    }


def _is_listed(rule: QualityRule, rows: ir.Table) -> Masks:
    master = rule.columns[0] if rule.columns else "item"
    listed = table(master).filter(lambda t: t.listed)[f"{master}_id"]
    return rows.load_no.notnull(), rows[f"{master}_id"].isin(listed)


def _is_of_balance(rows: ir.Table) -> ir.BooleanValue:
    return (rows.origin == "derived") & (rows.kind != "count")


def _is_between(rule: QualityRule, rows: ir.Table) -> Masks:
    amount = rows[rule.columns[0]]
    passes = ibis.literal(True)
    if rule.low is not None:
        passes = passes & (amount >= ibis.literal(rule.low))
    if rule.high is not None:
        passes = passes & (amount <= ibis.literal(rule.high))
    return amount.notnull(), passes


_MASKS: Final[Mapping[str, Callable[[QualityRule, ir.Table], Masks]]] = {
    "completeness": lambda rule, rows: (rows.load_no.notnull(), rows[rule.columns[0]].notnull()),
    "range": _is_between,
    "reference": _is_listed,
    "balance_identity": lambda _, rows: (_is_of_balance(rows), rows.kind != "unexplained"),
    "cost_coverage": lambda _, rows: (rows.quantity != 0, rows.cost_source != "missing"),
}
"""Kind -> which rows it looks at, and which of them pass, for the kinds that see one row alone."""


@built_once
def _brought(name: str) -> ir.Table:
    """What the load says itself: legs in transit, reversals and new costs are the ledger's own."""
    rows = table(name).filter(lambda t: t.load_no == LOAD_NO)
    if name == "movement":
        of_balance = (rows.origin == "derived") & rows.transfer.isnull()
        rows = rows.filter((rows.origin == "stated") | of_balance)
    return rows


def _rows(rule: QualityRule) -> ir.Table:
    rows = _brought(rule.table)
    for column, values in rule.where:
        rows = rows.filter(rows[column].cast("string").isin(list(values)))
    return rows


def _complete(rule: QualityRule) -> ir.Table:
    rows = _rows(rule)
    passes = rows[rule.columns[0]].notnull()
    # A member has no row of its own to point at: its code says which it is.
    code = rows[rule.table] if rule.table in rows.columns else ibis.literal(rule.columns[0])
    return rows.mutate(passes=passes, found=code)


def _unique(rule: QualityRule) -> ir.Table:
    rows = _rows(rule)
    keys = [rows[column] for column in rule.columns]
    known = ibis.and_(*(key.notnull() for key in keys))
    rows = rows.filter(known)
    number = ibis.row_number().over(group_by=[rows[column] for column in rule.columns])
    return rows.mutate(passes=number == 0, found=rows[rule.columns[0]].cast("string"))


def _known(rule: QualityRule) -> ir.Table:
    master = rule.columns[0] if rule.columns else "item"
    rows = _rows(rule)
    members = table(master)
    listed = members.select(f"{master}_id", member_code=members[master], is_listed=members.listed)
    both = rows.join(listed, f"{master}_id")
    return both.mutate(passes=both.is_listed, found=both.member_code)


def _in_range(rule: QualityRule) -> ir.Table:
    rows = _rows(rule)
    rows = rows.filter(rows[rule.columns[0]].notnull())
    _, passes = _is_between(rule, rows)
    return rows.mutate(passes=passes, found=rows[rule.columns[0]].cast("string"))


def _tied(rule: QualityRule) -> ir.Table:
    """One row a stated balance: opening + in - out = closing where nothing is unexplained."""
    rows = _rows(rule).filter(_is_of_balance)
    return rows.mutate(passes=rows.kind != "unexplained", found=rows.quantity.cast("string"))


def _costed(rule: QualityRule) -> ir.Table:
    rows = _rows(rule)
    rows = rows.filter(rows.quantity != 0)
    return rows.mutate(passes=rows.cost_source != "missing", found=rows.quantity.cast("string"))


def _counted(rule: QualityRule) -> ir.Table:
    rows = table("doc_stock_count").filter(lambda t: t.load_no == LOAD_NO)
    # Where the source does not say what its books said, the ledger's own are meant: what was found
    # less the difference that it came to.
    rows = rows.filter(~rows.gone)
    moved = table("movement").filter(lambda t: t.load_no == LOAD_NO)
    moved = moved.filter((moved.origin == "derived") & (moved.kind == "count"))
    off = moved.select("file_no", "row_no", sheet_=moved.sheet.fill_null(""), off=moved.quantity)
    known = table("movement").semi_join(rows, ["item_id", "location_id"])
    known = known.select("item_id", "location_id").distinct().mutate(known=ibis.literal(True))
    rows = rows.mutate(sheet_=rows.sheet.fill_null(""))
    rows = rows.left_join(off, ["file_no", "row_no", "sheet_"])
    rows = rows.drop("file_no_right", "row_no_right", "sheet__right")
    rows = rows.left_join(known, ["item_id", "location_id"])
    rows = rows.drop("item_id_right", "location_id_right")
    own = ibis.ifelse(rows.known, rows.counted - rows.off.fill_null(0), ibis.null("decimal(18, 4)"))
    rows = rows.mutate(book=rows.book.fill_null(own.cast("decimal(18, 4)")))
    rows = rows.filter(rows.book.notnull())
    slack = rows.book.abs() * ibis.literal(rule.high or Decimal(0))
    off = (rows.counted - rows.book).abs()
    return rows.mutate(passes=off <= slack, found=(rows.counted - rows.book).cast("string"))


_CHECKS: Final[Mapping[str, Callable[[QualityRule], ir.Table]]] = {
    "completeness": _complete,
    "uniqueness": _unique,
    "reference": _known,
    "range": _in_range,
    "balance_identity": _tied,
    "cost_coverage": _costed,
    "count_accuracy": _counted,
}


def _judged(rule: QualityRule) -> ir.Table:
    """Return the rows a rule looks at, with ``passes`` and what was ``found``."""
    rows = _CHECKS[rule.kind](rule)
    return rows.mutate(passes=rows.passes.fill_null(False))


@built_once
def _failing(rule: QualityRule) -> ir.Table:
    """Return the first failing rows: what was found, and where they stand."""
    rows = _judged(rule)
    wrong = rows.filter(~rows.passes)
    nothing = ibis.null("int64")
    places = wrong.select(
        found=wrong.found,
        file_no=wrong["file_no"] if "file_no" in wrong.columns else ibis.null("int32"),
        sheet=wrong["sheet"] if "sheet" in wrong.columns else ibis.null("string"),
        row_no=wrong["row_no"] if "row_no" in wrong.columns else nothing,
    )
    return places.order_by("file_no", "sheet", "row_no", "found").limit(EXAMPLES)


@built_once
def _file_names() -> ir.Table:
    files = table("load_file").filter(lambda t: t.load_no == LOAD_NO)
    return files.select("file_no", "name")


def _examples(transaction: Transaction, rule: QualityRule) -> list[dict[str, Any]]:
    """Return the first failing rows with the file and row they stand in."""
    names = {row["file_no"]: row["name"] for row in transaction.query(_file_names()).to_pylist()}
    return [
        {
            "file": names.get(row["file_no"]),
            "sheet": row["sheet"],
            "row": row["row_no"],
            "found": row["found"],
        }
        for row in transaction.query(_failing(rule)).to_pylist()
    ]


@built_once
def _own_record() -> ir.Table:
    return table("load").filter(lambda t: t.load_no == LOAD_NO)


@built_once
def _record_before() -> ir.Table:
    """Return the latest earlier load of a mapping."""
    before = table("load").filter(
        lambda t: (t.mapping == bound("mapping", "string")) & (t.load_no < LOAD_NO)
    )
    return before.order_by(before.load_no.desc()).limit(1)


def _of_load(
    transaction: Transaction, rule: QualityRule, learned_on: date
) -> tuple[int, int, list[dict[str, Any]]]:
    """Check what is true of the load as a whole; one thing is checked."""
    record = transaction.query(_own_record()).to_pylist()[0]
    if rule.kind == "freshness":
        if record["last_day"] is None:
            return 0, 0, []
        behind = (learned_on - record["last_day"]).days
        fresh = behind <= int(rule.high if rule.high is not None else 2)
        return 1, int(fresh), [] if fresh else [{"found": f"{behind} d"}]
    last = transaction.query(_record_before(), {"mapping": record["mapping"]}).to_pylist()
    if not last or not last[0]["rows_loaded"]:
        return 0, 0, []
    share = Decimal(record["rows_loaded"]) / last[0]["rows_loaded"]
    enough = share >= (rule.low if rule.low is not None else Decimal("0.5"))
    return 1, int(enough), [] if enough else [{"found": f"{share:.2f}"}]


def results(engine: DuckDBEngine, *, load_no: int | None = None) -> list[QualityResult]:
    """Return what the rules found: of one load, or each rule's newest result.

    A rule whose load had nothing for it to look at has no result for that load.
    """
    values = {} if load_no is None else {"load_no": load_no}

    def build() -> ir.Table:
        rows = table("quality_result")
        if load_no is not None:
            return rows.filter(rows.load_no == LOAD_NO).order_by("rule")
        newest = ibis.row_number().over(group_by=rows.rule, order_by=rows.load_no.desc())
        ranked = rows.mutate(place=newest)
        return ranked.filter(ranked.place == 0).drop("place").order_by("rule")

    found = engine.query(build, values, shape=("quality_results", load_no is None)).to_pylist()
    return [_read(row) for row in found]


def trend(engine: DuckDBEngine, rule: str, *, loads: int = 30) -> list[QualityResult]:
    """Return a rule's last results, the oldest first."""

    def build() -> ir.Table:
        rows = table("quality_result").filter(lambda t: t.rule == bound("rule", "string"))
        return rows.order_by(rows.load_no.desc()).limit(loads)

    found = engine.query(build, {"rule": rule}, shape=("quality_trend", loads)).to_pylist()
    return [_read(row) for row in reversed(found)]


def score(found: list[QualityResult]) -> Decimal | None:
    """Return the score of results: the shares that pass, weighted by severity; None without any."""
    weighed = [(one.share, WEIGHTS[one.severity]) for one in found if one.share is not None]
    if not weighed:
        return None
    total = sum((share * weight for share, weight in weighed), Decimal(0))
    return total / sum(weight for _, weight in weighed)


def _read(row: dict[str, Any]) -> QualityResult:
    return QualityResult(
        row["load_no"],
        row["rule"],
        row["version"],
        Text(row["title_zh"], row["title_en"]),
        row["severity"],
        row["owner"],
        row["checked"],
        row["passed"],
        row["target"],
        tuple(json.loads(row["examples"])),
    )


def rule_tree(rule: QualityRule) -> dict[str, Any]:
    """Return a rule as JSON knows it; numbers as text, so that they stay exact."""
    tree = asdict(rule)
    tree["title"] = {"zh": rule.title.zh, "en": rule.title.en}
    tree["where"] = {column: list(values) for column, values in rule.where}
    tree["columns"] = list(rule.columns)
    for name in ("low", "high", "target"):
        tree[name] = None if tree[name] is None else str(tree[name])
    return tree


def rule_of(tree: Mapping[str, Any]) -> QualityRule:
    """Return the rule that a tree states, checked.

    Raises:
        BadRule: a key is missing, unknown or names what is not there.
    """
    label = str(tree.get("key", "?"))
    unknown = set(tree) - set(QualityRule.__dataclass_fields__)
    try:
        rule = QualityRule(
            key=str(tree["key"]),
            version=int(tree.get("version", 1)),
            title=Text(str(tree["title"]["zh"]), str(tree["title"]["en"])),
            kind=_one_of(tree["kind"], KINDS),
            severity=_one_of(tree.get("severity", "warning"), SEVERITIES),
            table=str(tree.get("table", "movement")),
            columns=tuple(str(column) for column in tree.get("columns", ())),
            where=tuple(
                (str(column), tuple(str(value) for value in values))
                for column, values in (tree.get("where") or {}).items()
            ),
            low=_number(tree.get("low")),
            high=_number(tree.get("high")),
            target=_number(tree.get("target")) or Decimal(1),
            owner=str(tree.get("owner", "")),
        )
    except (KeyError, TypeError, ValueError, ArithmeticError, AttributeError) as failure:
        what = Text(f"写法不对（{failure}）", f"it is not well formed ({failure})")
        raise BadRule(_NEEDS.fill(rule=label, what=what.en)) from None
    if unknown:
        names = ", ".join(sorted(map(str, unknown)))
        raise _bad(rule, Text(f"不认识的键 {names}", f"unknown keys {names}"))
    validate(rule)
    return rule


def _one_of(value: Any, known: tuple[Any, ...]) -> Any:
    if value not in known:
        raise ValueError(f"{value}: {', '.join(known)}")
    return value


def _number(value: Any) -> Decimal | None:
    return None if value is None else Decimal(str(value))
