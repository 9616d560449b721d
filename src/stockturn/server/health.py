"""Whether the server is well, for people's scripts and for monitoring."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel

from stockturn import __version__
from stockturn.server.desk import DeskHere

router = APIRouter(include_in_schema=False)


class Health(BaseModel):
    """The server answers and the warehouse can be read."""

    status: Literal["ok"]
    version: str
    load_no: int


@router.get("/health")
def get_health(desk: DeskHere) -> Health:
    """Read from the warehouse and say which state of the data it holds."""
    return Health(status="ok", version=__version__, load_no=desk.version())


@router.get("/metrics")
def get_metrics(desk: DeskHere) -> Response:
    """Counts and times in the Prometheus text format."""
    return Response(generate_latest(desk.observer.registry), media_type=CONTENT_TYPE_LATEST)
