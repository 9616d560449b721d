"""Known-answer cases: published figures run through the product's own functions.

``run`` reads any YAML file in the form of ``known_answers.yaml`` and answers one result per case;
``report`` words them, with a closing count.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol, cast

import yaml

from stockturn.cli.known_answers.case import CaseResult, Outcome, UnsupportedCase, unsupported
from stockturn.cli.known_answers.compare import asked, compare_case
from stockturn.cli.known_answers.reading import number
from stockturn.language import Language, Text, UsageError

TOPICS = {
    "ageing_fifo": "ageing",
    "class_abc": "classes",
    "cover": "cover",
    "demand_rate": "demand_rate",
    "turnover": "turnover",
    "valuation": "valuation",
}
"""Topic of a case to the module that solves it."""

_OUTCOMES = {
    "pass": Text("通过", "pass"),
    "fail": Text("不符", "FAIL"),
    "unsupported": Text("不支持", "unsupported"),
}


class Topic(Protocol):
    """What a topic's module offers."""

    solve: Callable[[Mapping[str, Any], Mapping[str, Any]], dict[str, Any]]


def run(path: Path) -> list[CaseResult]:
    """Run every case of a file.

    Raises:
        UsageError: The file cannot be read or holds no list of cases.
    """
    return [_run_case(position, case) for position, case in enumerate(_cases(path), start=1)]


def report(results: list[CaseResult], language: Language = "zh") -> list[str]:
    """One line per case and a closing count, ready to print."""
    lines = []
    for result in results:
        line = f"{result.id}  {result.topic}  {_OUTCOMES[result.outcome].read(language)}"
        detail = result.detail(language)
        lines.append(f"{line}  {detail}" if detail else line)
    count = Counter(result.outcome for result in results)
    closing = Text(
        "共 {total} 例：通过 {passed}，不符 {failed}，不支持 {unsupported}。",
        "{total} cases: {passed} pass, {failed} fail, {unsupported} unsupported.",
    )
    lines.append(
        closing.read(
            language,
            total=len(results),
            passed=count["pass"],
            failed=count["fail"],
            unsupported=count["unsupported"],
        )
    )
    return lines


def _cases(path: Path) -> list[Any]:
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise UsageError(
            Text(
                "读不了已知答案文件 {path}：{error}。请确认它存在，且是 UTF-8 的 YAML。",
                "Cannot read the known-answer file {path}: {error}. "
                "Check that it exists and is YAML in UTF-8.",
            ).fill(path=path, error=error)
        ) from error
    cases = document.get("cases") if isinstance(document, Mapping) else None
    if not isinstance(cases, list) or not cases:
        raise UsageError(
            Text(
                "文件 {path} 中没有 cases 列表，或列表是空的。",
                "The file {path} holds no list named cases, or an empty one.",
            ).fill(path=path)
        )
    return cases


def _run_case(position: int, case: Any) -> CaseResult:
    known = case if isinstance(case, Mapping) else {}
    identity, topic = str(known.get("id", f"#{position}")), str(known.get("topic", "?"))
    try:
        expected = known.get("expected")
        if not isinstance(expected, Mapping):
            raise unsupported("缺少 expected 部分", "there is no expected block")
        module = _topic(topic)
        wrong_methods = getattr(module, "WRONG_METHODS", {})
        named = {str(key): value for key, value in expected.items()}
        solved = module.solve(known.get("inputs") or {}, asked(named, wrong_methods))
        tolerance = number(known.get("tolerance", 0), "tolerance")
        wrong, checked = compare_case(named, solved, abs(tolerance), wrong_methods)
    except UnsupportedCase as error:
        return CaseResult(identity, topic, "unsupported", reason=error.message)
    except (ArithmeticError, LookupError, TypeError, ValueError) as error:
        # A shape no solver was written for; named in full so that it can be looked into.
        words = f"{type(error).__name__}: {error}"
        reason = Text("输入的形状无法读取（{words}）", "inputs could not be read ({words})")
        return CaseResult(identity, topic, "unsupported", reason=reason.fill(words=words))
    outcome: Outcome = "fail" if wrong else "pass"
    return CaseResult(identity, topic, outcome, tuple(wrong), checked_keys=checked)


def _topic(topic: str) -> Topic:
    if topic not in TOPICS:
        raise unsupported("没有实现的主题 {topic}", "topic {topic} is not implemented", topic=topic)
    # Loaded when a case asks for it: `--help` and one-topic files stay quick.
    module = f"{__name__}.{TOPICS[topic]}"
    if importlib.util.find_spec(module) is None:
        raise unsupported(
            "这个版本没有主题 {topic}", "this build has no topic {topic}", topic=topic
        )
    return cast("Topic", importlib.import_module(module))


__all__ = ["CaseResult", "UnsupportedCase", "report", "run"]
