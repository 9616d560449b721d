"""Mappings: which there are, the product's own and this company's."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel, Field

from stockturn.intake.known_mappings import known_mappings
from stockturn.server.desk import PROBLEMS, DeskHere, Lang


class MappingShape(BaseModel):
    """One mapping that files can be read with."""

    name: str
    version: str
    title: str
    description: str
    own: bool = Field(description="of this company, not one that comes with the product")
    usable: bool = Field(description="false where something is wrong with it; the title says what")


class MappingList(BaseModel):
    """This company's mappings, then the product's."""

    mappings: list[MappingShape]


router = APIRouter(prefix="/api", tags=["mappings"], responses=PROBLEMS)


@router.get("/mappings")
def get_mappings(desk: DeskHere, lang: Lang = "zh") -> MappingList:
    """Every mapping that files can be read with; one with a mistake says what is wrong."""
    return MappingList(
        mappings=[
            MappingShape(
                name=known.name,
                version=known.mapping.version if known.mapping else "",
                title=known.about.read(lang),
                description=known.mapping.description.read(lang) if known.mapping else "",
                own=known.own,
                usable=known.mapping is not None,
            )
            for known in known_mappings(desk.workspace.packs)
        ]
    )
