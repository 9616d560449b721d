"""The product runs where only its runtime dependencies are: nothing of the dev group is needed."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from importlib.metadata import distribution, packages_distributions

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.repository.tree import ROOT

# Refuses the blocked names, then imports every module of the product.
PROGRAM = """
import importlib, json, pkgutil, sys
blocked = set(json.load(sys.stdin))
class Refusal:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in blocked:
            raise ModuleNotFoundError(f"not a runtime dependency: {name}", name=name)
sys.meta_path.insert(0, Refusal())
import stockturn
names = [module.name for module in pkgutil.walk_packages(stockturn.__path__, "stockturn.")]
for name in names:
    if not name.endswith("__main__"):
        importlib.import_module(name)
print(len(names))
"""


def runtime_closure() -> set[str]:
    """Return the canonical names of the declared dependencies and of theirs."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    found: set[str] = set()
    waiting = [Requirement(line) for line in project["dependencies"]]
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        here = requirement.marker is None or requirement.marker.evaluate({"extra": ""})
        if here and name not in found:
            found.add(name)
            waiting += [Requirement(line) for line in distribution(name).requires or []]
    return found


def test_every_module_imports_without_the_dev_group() -> None:
    runtime = runtime_closure()
    blocked = [
        package
        for package, owners in packages_distributions().items()
        if not {canonicalize_name(owner) for owner in owners} & runtime
    ]
    assert {"pytest", "pandas", "hypothesis"} <= set(blocked)
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        input=json.dumps(blocked),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert int(done.stdout) > 10
