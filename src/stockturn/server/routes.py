"""Every route of the API, room by room."""

from __future__ import annotations

from fastapi import APIRouter

from stockturn.server import (
    asking,
    exporting,
    feeds,
    health,
    internal,
    loading,
    mappings,
    overview,
    push,
    quality,
    quarantine,
    quick,
    runs,
    schedules,
    sources,
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
    push.router,
    quality.router,
    runs.router,
    schedules.router,
    sources.router,
    feeds.router,
    quick.router,
    health.router,
    internal.router,
)
