"""Writes requirements.lock and repeats its versions in pyproject.toml; ``--check`` compares them.

The lock holds one version and the hashes of every package that runs, tests or builds the product,
on Python 3.11 and later and on every system, and names no host. ``uv run`` does not read it, but
obeys ``tool.uv.constraint-dependencies``, so the versions stand there a second time.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements.lock"
PROJECT = ROOT / "pyproject.toml"
BEGIN = "# constraint-dependencies: begin\n"
END = "# constraint-dependencies: end\n"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def requirements(lock: str) -> list[str]:
    """Return the pinned lines of a lock without their hashes, markers kept."""
    joined = lock.replace("\\\n", " ")
    lines = (line.split(" --hash=")[0].strip() for line in joined.splitlines())
    return [re.sub(r"\s+", " ", line) for line in lines if line and not line.startswith("#")]


def canonical(name: str) -> str:
    """Return a package name the way indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def demanded(project: dict[str, object]) -> set[str]:
    """Return the names that pyproject.toml asks for, runtime and development."""
    head = project["project"]
    groups = project["dependency-groups"]
    assert isinstance(head, dict)
    assert isinstance(groups, dict)
    further = (*groups.values(), *head["optional-dependencies"].values())
    wanted = [*head["dependencies"], *(line for group in further for line in group)]
    names = (NAME.match(line) for line in wanted)
    return {canonical(name.group()) for name in names if name}


def problems(lock: str, project_text: str) -> list[str]:
    """Return what is wrong between a lock and pyproject.toml, as sentences; none when in step."""
    project = tomllib.loads(project_text)
    found = []
    if "://" in lock or re.search(r"https?:|^-", lock, re.MULTILINE):
        found.append("requirements.lock names an address or an option")
    pinned = requirements(lock)
    entries = re.split(r"\n(?=[A-Za-z0-9])", lock.strip())
    found += [f"no hash: {e.splitlines()[0]}" for e in entries if "--hash=sha256:" not in e]
    found += [f"not one exact version: {line}" for line in pinned if "==" not in line]
    repeated = project["tool"]["uv"]["constraint-dependencies"]
    if repeated != pinned:
        apart = sorted(set(pinned) ^ set(repeated)) or ["their order"]
        found.append("requirements.lock and constraint-dependencies differ: " + ", ".join(apart))
    missing = demanded(project) - {canonical(line.split("==")[0]) for line in pinned}
    found += [f"not locked: {name}" for name in sorted(missing)]
    return found


def compile_lock(project_text: str, old: str, upgrade: bool) -> str:
    """Resolve pyproject.toml without its own constraints; keep old versions unless ``upgrade``."""
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder) / "pyproject.toml"
        project.write_text(project_text.split("[tool.uv]", maxsplit=1)[0], encoding="utf-8")
        lock = Path(folder) / "requirements.lock"
        if old and not upgrade:
            lock.write_text(old, encoding="utf-8")
        options = "--universal --fork-strategy fewest --python-version 3.11 --generate-hashes"
        plain = "--no-annotate --no-header --no-emit-index-url --no-emit-find-links --quiet"
        command = ["uv", "pip", "compile", "pyproject.toml", "--all-extras", "--group", "dev"]
        command += [*options.split(), *plain.split(), "--output-file", "requirements.lock"]
        subprocess.run(command, cwd=folder, check=True)
        return lock.read_text(encoding="utf-8")


def with_constraints(project_text: str, pinned: list[str]) -> str:
    """Return pyproject.toml with the constraint list replaced."""
    head, rest = project_text.split(BEGIN)
    tail = rest.split(END)[1]
    lines = "".join(f"    {quoted(line)},\n" for line in pinned)
    return f"{head}{BEGIN}constraint-dependencies = [\n{lines}]\n{END}{tail}"


def quoted(line: str) -> str:
    """Return a TOML string; markers hold single quotes only."""
    assert '"' not in line
    return f'"{line}"'


def main(arguments: list[str]) -> int:
    """Check, or write both files; exit code 1 when the check finds something."""
    project_text = PROJECT.read_text(encoding="utf-8")
    old = LOCK.read_text(encoding="utf-8") if LOCK.exists() else ""
    if "--check" in arguments:
        found = problems(old, project_text)
        print("\n".join(found) or "requirements.lock and pyproject.toml are in step")
        return 1 if found else 0
    lock = compile_lock(project_text, old, upgrade="--upgrade" in arguments)
    LOCK.write_text(lock, encoding="utf-8")
    PROJECT.write_text(with_constraints(project_text, requirements(lock)), encoding="utf-8")
    print(f"{len(requirements(lock))} packages locked")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
