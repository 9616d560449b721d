"""Writes the documents that follow from data and code; ``--check`` compares them instead."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from stockturn import settings
from stockturn.accounts.permissions import PERMISSIONS, Permission
from stockturn.accounts.roles import ROLES
from stockturn.cli.catalogue import CARD
from stockturn.intake import reasons, slices
from stockturn.intake.commit import NOTHING_NEW
from stockturn.intake.judge import LOADED, OVER_BAR
from stockturn.intake.notes import NOTED
from stockturn.intake.publishing.tables import COLUMNS, published_tables
from stockturn.language import Text
from stockturn.ledger import periods
from stockturn.ledger.conversion import MISSING_RATE, MISSING_TAX_RATE
from stockturn.ledger.kits import NESTED
from stockturn.ledger.posting import FINDINGS
from stockturn.ledger.rates import RESTATED
from stockturn.ledger.red_letter import UNPAIRED
from stockturn.ledger.units import MISSING_FACTOR
from stockturn.ledger.whole_company import TWICE
from stockturn.metrics.measure import Measure
from stockturn.metrics.measures import MEASURES
from stockturn.server.deeds import Exempt, line_of
from stockturn.server.matrix import ROUTES, Line, Need

DOCS = Path(__file__).resolve().parent.parent / "docs"
DIRTY = DOCS.parent / "tests" / "soundness" / "dirty" / "cases.yaml"
GLOSSARY = DOCS / "glossary.yaml"


def page(name: Text, source: str, *parts: str) -> str:
    """Return a page with its title, where it comes from, and its parts."""
    head = (
        f"# {name.zh} {name.en}\n\n"
        f"由 `{source}` 生成，请修改该文件后运行 `just docs`。\n"
        f"Written from `{source}`: change that file, then run `just docs`."
    )
    return "\n\n".join([head, *parts]) + "\n"


def table(columns: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a Markdown table."""
    columns = list(columns)
    cells = [columns, ["---"] * len(columns), *rows]
    return "\n".join("| " + " | ".join(c.replace("|", "\\|") for c in row) + " |" for row in cells)


def terms() -> list[dict[str, Any]]:
    """Return the glossary: sections with ``terms`` of key, zh, en, meaning_zh and meaning_en."""
    sections: list[dict[str, Any]] = yaml.safe_load(GLOSSARY.read_text(encoding="utf-8"))
    return sections


def glossary() -> str:
    """Return the page of terms, one table a section."""
    parts = []
    for section in terms():
        rows = (
            (f"`{term['key']}`", term["zh"], term["en"], term["meaning_zh"], term["meaning_en"])
            for term in section["terms"]
        )
        columns = ("key", "中文", "English", "含义", "Meaning")
        parts += [f"## {section['zh']} {section['en']}", table(columns, rows)]
    return page(Text("术语表", "Glossary"), "docs/glossary.yaml", *parts)


def settings_table() -> str:
    """Return the page of settings."""
    rows = (
        (f"`{each.key}`", f"`{each.variable}`", f"`{each.default}`", each.about.zh, each.about.en)
        for each in settings.table()
    )
    columns = ("key", "variable", "default", "含义", "Meaning")
    order = (
        "先后：命令行选项、环境变量、工作区的 `settings.toml`、默认值。\n"
        "Order: flag, variable, the workspace's `settings.toml`, default."
    )
    source = "src/stockturn/settings.py"
    return page(Text("设置", "Settings"), source, order, table(columns, rows))


def reason_codes() -> str:
    """Return the page of reasons for which rows and files are not taken."""
    parts = []
    for title, codes in (
        ("## 拒收 Rejected", reasons.REJECTED),
        ("## 忽略 Ignored", reasons.IGNORED),
        ("## 扣留 Held", reasons.HELD),
        ("## 说明 Noted", NOTED),
        ("## 入账后提示 Found", FINDINGS),
    ):
        rows = ((f"`{code}`", text.zh, text.en) for code, text in codes.items())
        parts += [title, table(("code", "说明", "What it means"), rows)]
    source = "src/stockturn/intake/reasons.py"
    return page(Text("原因代码", "Reason codes"), source, *parts)


def measure_cards() -> str:
    """Return the page of measures: one table of all, then each card in both languages."""
    words = {
        term["key"]: Text(term["zh"], term["en"])
        for section in terms()
        if section["section"] in {"units", "good_directions"}
        for term in section["terms"]
    }
    rows = (
        (
            f"[`{each.key}`](#{each.key})",
            each.name.zh,
            each.name.en,
            f"{words[each.unit].zh} {words[each.unit].en}",
            f"{words[each.good].zh} {words[each.good].en}",
        )
        for each in MEASURES.values()
    )
    columns = ("key", "中文", "English", "单位 Unit", "好的方向 Good direction")
    cases = (
        "标准算例的编号指 `tests/golden/known_answers.yaml` 里手算过的例子。\n"
        "A golden case is a number worked by hand, kept in `tests/golden/known_answers.yaml`."
    )
    parts = [cases, table(columns, rows)]
    for each in MEASURES.values():
        parts += [f"## {each.key}", card_table(each, words)]
    source = "src/stockturn/metrics/measures.py"
    return page(Text("指标卡", "Measures"), source, *parts)


def card_table(measure: Measure, words: dict[str, Text]) -> str:
    """Return one card: what ``stockturn measures KEY`` and the page say, in both languages."""
    zh, en = measure.card("zh"), measure.card("en")
    zh["unit"], en["unit"] = words[measure.unit].zh, words[measure.unit].en
    rows = [(CARD[key].zh, zh[key], CARD[key].en, en[key]) for key in CARD if key != "key"]
    return table(("", "中文", "", "English"), rows)


def dirty_data() -> str:
    """Return the page of dirty data: each case of the tests with its outcome and its sentence."""
    cases = yaml.safe_load(DIRTY.read_text(encoding="utf-8"))
    outcomes = {
        "ok": "照常 ok",
        "fix": "修正并说明 fix",
        "hold": "扣留 hold",
        "stop": "拒读 stop",
    }
    words = {
        **reasons.HELD,
        **reasons.IGNORED,
        **reasons.REJECTED,
        **NOTED,
        **FINDINGS,
        "reject_bar": OVER_BAR,
        "slice_replaced": slices.REPLACES,
        "slice_unclear": slices.SAME_NAME,
        "period_closed": periods.CLOSED,
        "loaded": LOADED,
        "nothing_new": NOTHING_NEW,
        "missing_unit_factor": MISSING_FACTOR,
        "missing_currency_rate": MISSING_RATE,
        "missing_tax_rate": MISSING_TAX_RATE,
        "unpaired_red_letter": UNPAIRED,
        "counted_twice": TWICE,
        "rate_restated": RESTATED,
        "wrong_kit": NESTED,
    }
    rows = (
        (
            f"{case['case']['zh']}<br>{case['case']['en']}",
            outcomes[case["outcome"]],
            f"`{case['code']}`",
            words[case["code"]].zh,
            words[case["code"]].en,
        )
        for case in cases
    )
    head = (
        "来自真实导出的各种脏数据、处理结果和给用户的话；每一条都有测试文件，经真实的导入和账本验证。\n"
        "“扣留”指该行进入隔离区，或整次导入不入账。\n"
        "Dirty data as real extracts hold it, what becomes of it and what the user is told. Each "
        "case has\nits files and is tested through the real load and ledger. Held means that the "
        "row waits in the\nquarantine, or that nothing of the load was booked.\n\n"
        "另有随机改坏的 CSV 和 Excel 经受限子进程读取：`tests/intake/fuzzing.py`，"
        "抽样随 `just test`，五万份随 `just soak`。\n"
        "Mutated CSV and Excel files go through the limited child as well: a sample with `just "
        "test`, 50,000\nwith `just soak`; figures: [faults.md](faults.md)."
    )
    columns = ("情形 Case", "结果 Outcome", "code", "说明", "What it says")
    title, source = Text("脏数据", "Dirty data"), "tests/soundness/dirty/cases.yaml"
    return page(title, source, head, table(columns, rows))


PUBLISHED_HEAD = (
    (
        "每次导入后发布到工作区的 `published/`；`current` 指向最新一版，先解析它再读取。\n"
        "Published in `published/` after each load; `current` names the newest version: resolve "
        "it once, then read from there."
    ),
    (
        "按月切分的表在 `表/month=2025-01-01/data.parquet`；数据库中另有 `month`、`part` 列。\n"
        "Tables cut by month lie at `table/month=2025-01-01/data.parquet`; in a database they have "
        "the columns `month` and `part` besides."
    ),
)


def published() -> str:
    """Return the page of published tables."""
    parts = list(PUBLISHED_HEAD)
    for each in published_tables({}):
        columns = each.build().schema().items()
        rows = (
            (f"`{name}`", f"`{dtype}`", COLUMNS[name].zh, COLUMNS[name].en)
            if name in COLUMNS
            else (f"`{name}`", f"`{dtype}`", "", "")
            for name, dtype in columns
        )
        cut = f" ({each.cut})" if each.cut else ""
        parts += [
            f"## {each.name}{cut}",
            f"{each.about.zh}。{each.about.en}.",
            table(("column", "type", "含义", "Meaning"), rows),
        ]
    source = "src/stockturn/intake/publishing/tables.py"
    return page(Text("发布的数据表", "Published tables"), source, *parts)


def permissions() -> str:
    """Return the page of roles and routes: who may do what, and what each route needs."""
    roles = list(ROLES.values())
    heads = ["权限 Permission", *(f"{role.name.zh} {role.name.en}" for role in roles)]
    may = [
        [f"{words.zh} {words.en}", *("✓" if key in role.permissions else "" for role in roles)]
        for key, words in PERMISSIONS.items()
    ]
    routes = [
        (f"`{method} {path}`", _need_words(line), ", ".join(_who(line)), _deed(method, path))
        for (method, path), line in ROUTES.items()
    ]
    return page(
        Text("权限", "Permissions"),
        "src/stockturn/server/matrix.py",
        "每个接口须在这里有一行，没有的一律拒绝。令牌的权限不超过本人和它的用途，且不能管理用户。\n"
        "Every route has its line here; one without is refused. A token does no more than its "
        "person and than what it is for, and never manages people.",
        "## 角色 Roles",
        table(heads, may),
        "## 接口 Routes",
        table(["接口 Route", "需要 Needs", "角色 Roles", "审计 Audit"], routes),
    )


_NEEDS = {
    Need.OPEN: Text("无需登录", "nothing"),
    Need.ANYONE: Text("无需登录；登录者被认出", "nothing; whoever is signed in is known"),
    Need.SIGNED_IN: Text("已登录", "being signed in"),
    Need.OWNER_TOKEN: Text("工作区主人的命令行", "the command line of the workspace's user"),
    Need.MONITOR: Text(
        "本机，或可看导入、运行与质量的令牌", "this machine, or a token that may see data"
    ),
}


def _deed(method: str, path: str) -> str:
    """Return what the audit says of a route; nothing of one that only reads."""
    line = line_of(method, path)
    return "" if line is None or isinstance(line, Exempt) else f"`{line.action}`"


def _need_words(line: Line) -> str:
    words = PERMISSIONS[line] if isinstance(line, Permission) else _NEEDS[line]
    return f"{words.zh} {words.en}"


def _who(line: Line) -> list[str]:
    if not isinstance(line, Permission):
        return []
    return [f"`{role.key}`" for role in ROLES.values() if line in role.permissions]


DOCUMENTS = {
    "permissions.md": permissions,
    "dirty-data.md": dirty_data,
    "glossary.md": glossary,
    "measures.md": measure_cards,
    "published-tables.md": published,
    "settings.md": settings_table,
    "reason-codes.md": reason_codes,
}


def main(arguments: list[str]) -> int:
    """Write the documents, or with ``--check`` name those not in step (exit code 1 if any)."""
    behind = []
    for name, write in DOCUMENTS.items():
        path, text = DOCS / name, write()
        if "--check" not in arguments:
            path.write_text(text, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            behind.append(name)
    if behind:
        print(f"not in step, run `just docs`: {', '.join(behind)}")
    return 1 if behind else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
