"""A company's own mappings: saved with a version, and used by themselves for the same headers."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from stockturn.intake.decode import open_raw
from stockturn.intake.entry_shapes import entry_shapes
from stockturn.intake.header import find_header, header_cells, known_names
from stockturn.intake.layout import fits, lay_out, open_to
from stockturn.intake.mapping import Mapping
from stockturn.intake.mapping_yaml import find_mapping, packed_mappings, read_mapping
from stockturn.intake.problems import FileHeld
from stockturn.intake.suggest import Suggestion, headers_fingerprint, suggest_file
from stockturn.jobs.worker import run_limited
from stockturn.language import StockTurnError, Text, UsageError

VERSIONS: Final = "versions"
"""Folder below packs/ where replaced versions are kept."""

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_BAD_NAME: Final = Text(
    "映射名“{name}”不能用：只能有小写字母、数字和连字符，且不能与自带的映射同名。",
    "The mapping cannot be called “{name}”: use lower-case letters, digits and hyphens, and no "
    "name of a mapping that comes with the product.",
)


class MappingNeeded(StockTurnError):
    """No mapping clearly fits a file; what it could be is told."""

    code = "mapping_needed"
    status = 422
    exit_code = 3


@dataclass(frozen=True)
class Chosen:
    """The mapping that a file is read with, and why; or what could be made of it.

    Attributes:
        name: of the mapping; None = none clearly fits.
        why: in words.
        suggestions: where none fits.
    """

    name: str | None
    why: Text
    suggestions: tuple[Suggestion, ...] = ()


def save_mapping(packs: Path, name: str, content: str, headers: Sequence[str] = ()) -> Mapping:
    """Save a confirmed mapping under a name; a later one is the next version.

    One for some sheets of a workbook keeps what the version before says of its other sheets.

    Args:
        packs: the workspace's folder of packs.
        name: lower-case letters, digits and hyphens.
        content: the YAML; its name and version are set here.
        headers: fingerprints of the headers it was confirmed for, added to those it has.

    Raises:
        UsageError: the name cannot be used.
        BadMapping: the content is not a mapping.
    """
    if not _NAME.fullmatch(name) or name in packed_mappings():
        raise UsageError(_BAD_NAME.fill(name=name))
    target = packs / f"{name}.yaml"
    before = read_mapping(target.read_text(encoding="utf-8")) if target.exists() else None
    read_mapping(content, name)  # its mistakes are told before anything is written
    tree: dict[str, Any] = yaml.safe_load(content)
    version = 1 if before is None else int(before.version) + 1
    if before is not None:
        tree = joined([tree, yaml.safe_load(before.content)])
    known = dict.fromkeys([*(before.headers if before else ()), *tree.get("headers", []), *headers])
    tree |= {"name": name, "version": str(version), "headers": list(known)}
    if not known:
        del tree["headers"]
    text = yaml.safe_dump(tree, allow_unicode=True, sort_keys=False, width=100)
    mapping = read_mapping(text, name)
    if before is not None:
        (packs / VERSIONS).mkdir(exist_ok=True)
        kept = packs / VERSIONS / f"{name}-{before.version}.yaml"
        kept.write_text(before.content, encoding="utf-8")
    fresh = target.with_suffix(".new")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(target)
    return mapping


def joined(drafts: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the first of several mappings with what the others say of its files' other sheets."""
    first = drafts[0]
    files = list(first["files"])
    if not all(spec.get("sheets") for spec in files):
        return first
    for spec in (spec for other in drafts[1:] for spec in other["files"]):
        taken = {sheet for own in files for sheet in own["sheets"]}
        same = any(own["match"] == spec["match"] for own in files)
        if same and spec.get("sheets") and not taken & set(spec["sheets"]):
            files.append(spec)
    return {**first, "files": files}


def mapping_versions(packs: Path, name: str) -> list[Mapping]:
    """Return every version of an own mapping, the newest first."""
    kept = [read_mapping(path.read_text(encoding="utf-8"))
            for path in (packs / VERSIONS).glob(f"{name}-*.yaml")]  # fmt: skip
    own = [mapping for mapping in kept if mapping.name == name]
    own.sort(key=lambda mapping: int(mapping.version), reverse=True)
    current = packs / f"{name}.yaml"
    newest = [read_mapping(current.read_text(encoding="utf-8"))] if current.exists() else []
    return [*newest, *own]


def suggest_limited(
    path: Path, name: str, *, memory_mb: int, seconds: float
) -> tuple[Suggestion, ...]:
    """Suggest how to read a file, in a limited worker.

    Raises:
        FileHeld: it cannot be read at all.
        WorkerError: it takes too much memory or time.
    """
    with tempfile.TemporaryDirectory() as work:
        found = run_limited(
            suggest_file, path, name, Path(work), memory_mb=memory_mb, seconds=seconds
        )
    return tuple(found)


def choose_mapping(path: Path, packs: Path, *, memory_mb: int, seconds: float) -> Chosen:
    """Choose the mapping of one file: the remembered one, the one that clearly fits, or none.

    Raises:
        FileHeld: the file cannot be read at all.
    """
    limits = {"memory_mb": memory_mb, "seconds": seconds}
    with tempfile.TemporaryDirectory() as work:
        fitting = run_limited(fitting_mappings, path, path.name, packs, Path(work), **limits)  # type: ignore[arg-type]
    remembered = [name for name, own in fitting if own]
    if remembered:
        why = Text("表头与确认过的映射相同", "the headers are those it was confirmed for")
        return Chosen(remembered[0], why)
    if len(fitting) == 1:
        why = Text("文件名和全部列都认识", "its name and all its columns are known")
        return Chosen(fitting[0][0], why)
    suggestions = suggest_limited(path, path.name, memory_mb=memory_mb, seconds=seconds)
    names = ", ".join(name for name, _ in fitting)
    why = (
        Text(f"有几个映射都合适：{names}", f"several mappings fit: {names}")
        if fitting
        else Text("没有现成的映射合适", "no mapping at hand fits")
    )
    return Chosen(None, why, suggestions)


def fitting_mappings(path: Path, name: str, packs: Path, work: Path) -> list[tuple[str, bool]]:
    """Return (mapping, is remembered) of those that read a file whole. Runs in a worker.

    A remembered mapping was confirmed for these very headers. One of the product must know the
    file's name and every column of it.
    """
    found: list[tuple[str, bool]] = []
    own = sorted(file.stem for file in packs.glob("*.yaml"))
    for candidate in (*own, *packed_mappings()):
        try:
            mapping = find_mapping(candidate, (packs,))
        except StockTurnError:
            continue
        if mapping.headers:
            if _headers(path, name, mapping, work) & set(mapping.headers):
                found.append((candidate, True))
        elif any(fits(name, spec.match) for spec in mapping.files) and _reads(
            path, name, mapping, work
        ):
            found.append((candidate, False))
    return found


def _headers(path: Path, name: str, mapping: Mapping, work: Path) -> set[str]:
    prints = set()
    known = frozenset().union(*(known_names(spec) for spec in mapping.files))
    for raw in open_raw(path, name, work=work, known=known):
        place, _ = find_header(raw.head, known)
        if place >= 0 and open_to(raw, mapping.files):
            prints.add(headers_fingerprint(header_cells(raw.head, place, known)))
    return prints


def _reads(path: Path, name: str, mapping: Mapping, work: Path) -> bool:
    shapes = entry_shapes(mapping)
    known = frozenset().union(*(known_names(spec) for spec in mapping.files))
    try:
        raws = open_raw(path, name, work=work, known=known)
        layouts, _ = lay_out(raws, mapping.files, shapes.schemas, shapes.codes)
    except FileHeld:
        return False
    return all(not layout.rest or layout.spec.rest == "report" for layout in layouts)
