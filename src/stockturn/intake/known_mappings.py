"""The mappings that can be named: the product's, and the workspace's own before them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from stockturn.intake.mapping import Mapping
from stockturn.intake.mapping_yaml import find_mapping, packed_mappings
from stockturn.language import StockTurnError, Text


@dataclass(frozen=True)
class KnownMapping:
    """One mapping.

    Attributes:
        own: of this workspace, not one that comes with the product.
        about: its title, or what is wrong with it.
        mapping: None where something is wrong with it.
    """

    name: str
    own: bool
    about: Text
    mapping: Mapping | None


def known_mappings(packs: Path | None) -> list[KnownMapping]:
    """Return every mapping that can be named; a name in ``packs`` hides the product's."""
    folders = [packs] if packs else []
    own = {path.stem for folder in folders for path in folder.glob("*.yaml")}
    names = dict.fromkeys([*sorted(own), *packed_mappings()])
    return [_known(name, folders, own=name in own) for name in names]


def _known(name: str, folders: list[Path], *, own: bool) -> KnownMapping:
    try:
        mapping = find_mapping(name, folders)
    except StockTurnError as error:
        return KnownMapping(name, own, error.message, None)
    return KnownMapping(name, own, mapping.title, mapping)
