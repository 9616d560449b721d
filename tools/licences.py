"""Refuses a dependency whose licence is not on the list, over what is installed and what npm locks.

A licence is read where the package states it: the SPDX expression, else the classifiers, else the
old free-text field, else the first line of its licence file. Copyleft of whole works (GPL, AGPL)
is not on the list; MPL-2.0 is copyleft of single files, which we use as they are.
"""

from __future__ import annotations

import json
import re
import sys
from importlib.metadata import Distribution, distributions
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ALLOWED = {
    "0BSD",
    "Apache-2.0",
    "BlueOak-1.0.0",
    "BSD",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "CC-BY-4.0",
    "CC0-1.0",
    "ISC",
    "MIT",
    "MIT-0",
    "MPL-2.0",
    "PSF-2.0",
    "Python-2.0",
    "Zlib",
}
# Optional extras, imported as they are and replaceable by whoever installs them; each has its
# decision record.
OPTIONAL = {"paramiko": "LGPL-2.1"}
# How packages without an SPDX expression word it.
WORDING = {
    "Apache 2.0": "Apache-2.0",
    "Apache License 2.0": "Apache-2.0",
    "Apache License, Version 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD",
    "CC0 1.0 Universal (CC0 1.0) Public Domain Dedication": "CC0-1.0",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
}


def allowed(expression: str) -> bool:
    """Tell whether an SPDX expression can be met: every AND part, at least one OR part."""
    flat = expression.replace("(", " ").replace(")", " ")
    return all(
        any(term.strip() in ALLOWED for term in re.split(r"\s+OR\s+", part))
        for part in re.split(r"\s+AND\s+", flat)
    )


def accepted(name: str, licence: str) -> bool:
    """Tell whether a package may be depended on: its licence is on the list, or it is optional."""
    return allowed(licence) or OPTIONAL.get(name) == licence


def stated(package: Distribution) -> str:
    """Return the licence a Python package states, as SPDX where its wording is known."""
    metadata = package.metadata.json
    if expression := metadata.get("license_expression"):
        return str(expression)
    classifiers = metadata.get("classifier", [])
    words = [line.split(" :: ")[-1] for line in classifiers if line.startswith("License ::")]
    if not words and (text := metadata.get("license")):
        words = [str(text).splitlines()[0].strip()]
    if not words:
        words = [first_line(package)]
    return " AND ".join(WORDING.get(word, word) for word in words)


def first_line(package: Distribution) -> str:
    """Return the first line of the package's licence file, or ``unknown``."""
    for path in package.files or ():
        if path.name.upper().startswith(("LICENSE", "LICENCE", "COPYING")):
            return path.read_text().strip().splitlines()[0].strip()
    return "unknown"


def python_packages() -> dict[str, str]:
    """Return name -> licence of every installed Python package."""
    return {package.name: stated(package) for package in distributions()}


def npm_packages() -> dict[str, str]:
    """Return name -> licence of every package in the page's lock file."""
    lock = ROOT / "frontend" / "package-lock.json"
    if not lock.exists():
        return {}
    packages = json.loads(lock.read_text(encoding="utf-8"))["packages"]
    return {
        f"npm {name.rpartition('node_modules/')[2]}": package.get("license", "unknown")
        for name, package in packages.items()
        if name
    }


def main() -> int:
    """Print what is refused; exit code 1 when there is any."""
    licences = {**python_packages(), **npm_packages()}
    refused = [f"{name}: {text}" for name, text in licences.items() if not accepted(name, text)]
    print("\n".join(sorted(refused)) or f"{len(licences)} packages, all licences on the list")
    return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main())
