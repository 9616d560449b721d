"""The licence check lets through what the list allows, and nothing of the GPL family."""

from __future__ import annotations

import tomllib

import pytest

from tests.repository.tree import ROOT
from tools.licences import OPTIONAL, accepted, allowed, npm_packages, python_packages


@pytest.mark.parametrize(
    ("expression", "verdict"),
    [
        ("MIT", True),
        ("MIT OR Apache-2.0", True),
        ("BSD-3-Clause AND (MIT OR GPL-3.0-only)", True),
        ("GPL-3.0-or-later", False),
        ("AGPL-3.0-only", False),
        ("MIT AND GPL-2.0-only", False),
        ("unknown", False),
    ],
)
def test_expressions(expression: str, verdict: bool) -> None:
    assert allowed(expression) is verdict


def test_what_is_installed_is_on_the_list() -> None:
    licences = {**python_packages(), **npm_packages()}
    assert {name: text for name, text in licences.items() if not accepted(name, text)} == {}


def test_what_is_optional_is_not_needed_by_the_base_install() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    needed = " ".join(project["dependencies"]).lower()
    offered = " ".join(
        line for group in project["optional-dependencies"].values() for line in group
    )
    for name in OPTIONAL:
        assert name not in needed
        assert name in offered


def test_the_product_is_under_apache() -> None:
    licence = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "Apache License" in licence
    assert "END OF TERMS AND CONDITIONS" in licence
