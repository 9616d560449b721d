"""The kept bytes of every input, and the manifest that says what each load made of them.

``received/<first two of the hash>/<hash>`` holds bytes, nothing else: the original name is only a
label in a manifest. ``received/load-<number>.json`` tells a committed load well enough to make it
again; ``received/pending-<id>.json`` is one whose end is not known yet.
"""

from __future__ import annotations

import hashlib
import json
import os
import uuid
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from stockturn.intake.origin import BY_HAND, Origin, as_tree, from_tree
from stockturn.intake.taking import Taking
from stockturn.intake.taking import as_tree as taking_tree
from stockturn.intake.taking import from_tree as taking_from
from stockturn.ledger.quality import QualityRule, rule_of, rule_tree

BLOCK: Final = 1024 * 1024
FORMAT: Final = 1
DECISION: Final = {"name": "decision", "version": "1", "content": ""}
"""What stands for the mapping in the manifest of a decision."""


@dataclass(frozen=True)
class Kept:
    """The bytes of one input, kept under their hash."""

    name: str
    sha256: str
    bytes: int
    path: Path


def kept_path(received: Path, sha256: str) -> Path:
    """Return where the bytes with this hash lie."""
    return received / sha256[:2] / sha256


def keep(received: Path, source: Path) -> Kept:
    """Copy a file into ``received`` under its hash; kept bytes are never written twice.

    The copy is complete on disk before it carries its name.
    """
    temporary = received / f"incoming-{uuid.uuid4().hex}"
    digest = hashlib.sha256()
    size = 0
    try:
        with source.open("rb") as reading, temporary.open("wb") as writing:
            while block := reading.read(BLOCK):
                digest.update(block)
                size += len(block)
                writing.write(block)
            writing.flush()
            os.fsync(writing.fileno())
        sha256 = digest.hexdigest()
        target = kept_path(received, sha256)
        target.parent.mkdir(exist_ok=True)
        if not target.exists():
            temporary.replace(target)
            _settle(target.parent)
    finally:
        temporary.unlink(missing_ok=True)
    return Kept(source.name, sha256, size, target)


@dataclass(frozen=True)
class Manifest:
    """What a load was made of.

    Attributes:
        mapping: name, version and YAML content of the mapping.
        files: (file_no, kept bytes) of the loaded files.
        lookups: lookup name -> kept bytes.
        today: the last day on which something could have happened, as the load saw it.
        origin: which feed brought the files, how far it has read, who started the load.
        load_id: names the load in the ledger's record, so that a killed run is recognised.
        rules: the quality rules in force when it was loaded.
        taking: rows of earlier loads, of which alone the load consists; None = none.
        answer: how a question about earlier files was answered, ``replace`` or ``add``.
        replaced: (file_no, load, file there) of the earlier files that the load replaces.
        load_no: None while pending.
        committed_at: None while pending.
    """

    mapping: dict[str, str]
    files: tuple[tuple[int, Kept], ...]
    lookups: dict[str, Kept]
    today: date
    origin: Origin = BY_HAND
    load_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    answer: str | None = None
    replaced: tuple[tuple[int, int, int], ...] = ()
    load_no: int | None = None
    committed_at: datetime | None = None
    taking: Taking | None = None
    rules: tuple[QualityRule, ...] = ()

    @property
    def is_decision(self) -> bool:
        """Whether the load is a decision of a person instead of files of a source."""
        return self.mapping == DECISION


def write_pending(received: Path, manifest: Manifest) -> Path:
    """Write a manifest whose load is about to be posted; return its path."""
    path = received / f"pending-{manifest.load_id}.json"
    _write(path, manifest)
    return path


def finish(pending: Path, manifest: Manifest, load_no: int, committed_at: datetime) -> Path:
    """Give a posted load's manifest its number and its final name."""
    done = replace(manifest, load_no=load_no, committed_at=committed_at)
    path = pending.parent / f"load-{load_no}.json"
    _write(path, done)
    pending.unlink(missing_ok=True)
    return path


def read_manifest(path: Path) -> Manifest:
    """Return a manifest as written."""
    tree = json.loads(path.read_text(encoding="utf-8"))
    received = path.parent
    committed = tree["committed_at"]
    return Manifest(
        mapping=tree["mapping"],
        files=tuple((file["file_no"], _kept(received, file)) for file in tree["files"]),
        lookups={file["lookup"]: _kept(received, file) for file in tree["lookups"]},
        today=date.fromisoformat(tree["today"]),
        origin=from_tree(tree.get("origin")),
        load_id=tree.get("load_id") or path.stem,
        taking=taking_from(tree.get("taking")),
        rules=tuple(rule_of(rule) for rule in tree.get("rules", ())),
        answer=tree.get("answer"),
        replaced=tuple((each[0], each[1], each[2]) for each in tree.get("replaced", ())),
        load_no=tree["load_no"],
        committed_at=None if committed is None else datetime.fromisoformat(committed),
    )


def _kept(received: Path, file: dict[str, Any]) -> Kept:
    sha256 = file["sha256"]
    return Kept(file["name"], sha256, file["bytes"], kept_path(received, sha256))


def _described(kept: Kept) -> dict[str, Any]:
    return {"name": kept.name, "sha256": kept.sha256, "bytes": kept.bytes}


def _write(path: Path, manifest: Manifest) -> None:
    committed = manifest.committed_at
    tree = {
        "format": FORMAT,
        "load_id": manifest.load_id,
        "load_no": manifest.load_no,
        "committed_at": None if committed is None else committed.isoformat(),
        "today": manifest.today.isoformat(),
        "origin": as_tree(manifest.origin),
        "answer": manifest.answer,
        "replaced": [list(each) for each in manifest.replaced],
        "mapping": manifest.mapping,
        "taking": taking_tree(manifest.taking),
        "rules": [rule_tree(rule) for rule in manifest.rules],
        "files": [{"file_no": number, **_described(kept)} for number, kept in manifest.files],
        "lookups": [{"lookup": n, **_described(kept)} for n, kept in manifest.lookups.items()],
    }
    temporary = path.with_suffix(".new")
    with temporary.open("w", encoding="utf-8") as writing:
        json.dump(tree, writing, ensure_ascii=False, indent=1)
        writing.flush()
        os.fsync(writing.fileno())
    temporary.replace(path)
    _settle(path.parent)


def _settle(folder: Path) -> None:
    """Make a rename in a folder last through a power cut, where the system can."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
