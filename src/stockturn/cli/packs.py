"""The mappings that can be named: the product's, and the workspace's own before them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from stockturn.intake.mapping_yaml import find_mapping, packed_mappings
from stockturn.language import StockTurnError, Text


@dataclass(frozen=True)
class KnownMapping:
    """One mapping; ``about`` is its title, or what is wrong with it."""

    name: str
    own: bool
    about: Text


def known_mappings(workspace: Path | None) -> list[KnownMapping]:
    """Return every mapping that can be named; a name of the workspace hides the product's."""
    own = sorted((workspace / "packs").glob("*.yaml")) if workspace else []
    folders = [workspace / "packs"] if workspace else []
    names = dict.fromkeys([*(path.stem for path in own), *packed_mappings()])
    own_names = {path.stem for path in own}
    return [KnownMapping(name, name in own_names, _about(name, folders)) for name in names]


def _about(name: str, folders: list[Path]) -> Text:
    try:
        return find_mapping(name, folders).title
    except StockTurnError as error:
        return error.message
