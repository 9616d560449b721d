"""Every route of the API, room by room."""

from __future__ import annotations

from fastapi import APIRouter

from stockturn.server import (
    asking,
    auditing,
    exporting,
    feeds,
    health,
    internal,
    internal_people,
    items,
    loading,
    mappings,
    overview,
    people,
    periods,
    profile,
    push,
    quality,
    quarantine,
    quick,
    rates,
    runs,
    schedules,
    sign_in,
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
    periods.router,
    items.router,
    rates.router,
    quick.router,
    sign_in.router,
    profile.router,
    people.router,
    auditing.router,
    health.router,
    internal.router,
    internal_people.router,
)
