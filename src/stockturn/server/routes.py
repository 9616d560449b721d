"""Every route of the API, room by room."""

from __future__ import annotations

from fastapi import APIRouter

from stockturn.server import (
    asking,
    exporting,
    health,
    internal,
    loading,
    mappings,
    overview,
    quarantine,
    quick,
    runs,
    schedules,
    uploads,
)

ROUTERS: tuple[APIRouter, ...] = (
    overview.router,
    asking.router,
    exporting.router,
    loading.router,
    mappings.router,
    uploads.router,
    quarantine.router,
    runs.router,
    schedules.router,
    quick.router,
    health.router,
    internal.router,
)
