"""Connectors that come with the product: declarative files in ``packs/connectors``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from stockturn.intake.sources.http.spec import Dialect, Increment, Join, Paging, Resource
from stockturn.language import Text

PACKED: Final = Path(__file__).parents[3] / "packs" / "connectors"


@dataclass(frozen=True)
class Preset:
    """A known system.

    Attributes:
        key: of the kind of source.
        probe: path that tests the connection.
        tried: what it was checked on.
        mapping: the packed mapping that reads its lists.
    """

    key: str
    name: Text
    dialect: Dialect
    probe: str
    tried: Text
    mapping: str
    resources: tuple[Resource, ...]


def packed_presets() -> list[Preset]:
    """Return the connectors that come with the product, by key."""
    return [
        _preset(yaml.safe_load(path.read_text("utf-8"))) for path in sorted(PACKED.glob("*.yaml"))
    ]


def _preset(tree: dict[str, Any]) -> Preset:
    dialect: Dialect = tree["dialect"]
    return Preset(
        key=tree["key"],
        name=Text(tree["name"]["zh"], tree["name"]["en"]),
        dialect=dialect,
        probe=tree.get("probe", ""),
        tried=Text(tree["tried"]["zh"], tree["tried"]["en"]),
        mapping=tree["mapping"],
        resources=tuple(_resource(each, dialect) for each in tree["resources"]),
    )


def _resource(tree: dict[str, Any], dialect: Dialect) -> Resource:
    what = tree["what"]
    size = int(tree.get("page_size", 500))
    if dialect == "odoo":
        path, record_path, paging = what, "", Paging(size=size)
    else:
        path, record_path = f"api/resource/{what}", "data"
        paging = Paging("offset", "limit_start", "limit_page_length", size)
    return Resource(
        what=what,
        path=path,
        record_path=record_path,
        fields=tuple(tree["fields"]),
        filters=tuple((str(f), str(op), str(value)) for f, op, value in tree.get("filters", ())),
        order=tree.get("order", ""),
        paging=paging,
        increment=Increment("filter", tree["grows_by"]),
        joins=tuple(
            Join(
                column=join["column"],
                resource=join["resource"],
                key=join["key"],
                take=join["take"],
                into=join["into"],
                only=tuple(join["only"]) if "only" in join else None,
                optional=join.get("optional", False),
            )
            for join in tree.get("joins", ())
        ),
    )
