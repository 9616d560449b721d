"""The words of the product are the words of the glossary."""

from __future__ import annotations

import re
from typing import Any, get_args

import pytest
import yaml

from stockturn.accounts.permissions import PERMISSIONS
from stockturn.accounts.roles import ROLES
from stockturn.ledger import schema
from stockturn.metrics.dimensions import DIMENSIONS
from stockturn.metrics.measure import Unit
from stockturn.metrics.measures import MEASURES
from tests.repository.tree import ROOT, committed_files
from tools.documents import DOCS, DOCUMENTS, terms

TERMS = {section["section"]: section["terms"] for section in terms()}


def keys(section: str) -> list[str]:
    return [term["key"] for term in TERMS[section]]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_written_documents_are_in_step(name: str) -> None:
    assert (DOCS / name).read_text(encoding="utf-8") == DOCUMENTS[name]()


def test_each_term_is_complete_and_stands_once() -> None:
    fields = {"key", "zh", "en", "meaning_zh", "meaning_en"}
    for section, listed in TERMS.items():
        assert [term for term in listed if set(term) != fields or not all(term.values())] == []
        assert len(set(keys(section))) == len(listed)


@pytest.mark.parametrize(
    ("section", "vocabulary"),
    [
        ("movement_kinds", tuple(schema.KINDS)),
        ("item_kinds", schema.ITEM_KINDS),
        ("statuses", schema.STATUSES),
        ("units", get_args(Unit)),
    ],
)
def test_vocabularies_are_complete(section: str, vocabulary: tuple[str, ...]) -> None:
    assert keys(section) == list(vocabulary)


def test_movement_kinds_are_described_in_the_same_chinese() -> None:
    words = {term["key"]: term["zh"] for term in TERMS["movement_kinds"]}
    assert {kind: text.split(" ")[0] for kind, text in schema.KINDS.items()} == words


@pytest.mark.parametrize(
    ("section", "registry"),
    [("measures", MEASURES), ("dimensions", DIMENSIONS), ("roles", ROLES)],
)
def test_registries_use_the_same_names(section: str, registry: dict[str, Any]) -> None:
    named = {key: (entry.name.zh, entry.name.en) for key, entry in registry.items()}
    assert named == {term["key"]: (term["zh"], term["en"]) for term in TERMS[section]}


def test_permissions_are_named_alike() -> None:
    named = {key: (words.zh, words.en) for key, words in PERMISSIONS.items()}
    assert named == {term["key"]: (term["zh"], term["en"]) for term in TERMS["permissions"]}


def test_each_measure_has_a_card_whose_golden_case_is_known() -> None:
    texts = [path.read_text(encoding="utf-8") for path in (ROOT / "tests/golden").glob("*.yaml")]
    cases = {case["id"] for text in texts for case in yaml.safe_load(text)["cases"]}
    sections = DOCUMENTS["measures.md"]().split("\n## ")[1:]
    assert [section.splitlines()[0] for section in sections] == list(MEASURES)
    for section, measure in zip(sections, MEASURES.values(), strict=True):
        assert measure.golden_case in cases
        assert measure.formula.zh in section
        assert measure.null_rule.en in section


@pytest.mark.parametrize("other", ["品项", "装载", "载入", "加载", "装入"])
def test_no_other_word_stands_for_item_or_load(other: str) -> None:
    # Tests quote what they refuse; packs list the words of other systems.
    own = [
        path
        for path in committed_files(".py", ".md", ".yaml", ".json", ".ts", ".tsx")
        if not {"tests", "packs"} & set(path.relative_to(ROOT).parts)
    ]
    assert len(own) > 100
    assert [path for path in own if other in path.read_text(encoding="utf-8")] == []


def test_item_kinds_and_statuses_have_chinese_words() -> None:
    for section in ("item_kinds", "statuses"):
        assert all(re.search(r"[\u4e00-\u9fff]", term["zh"]) for term in TERMS[section])
