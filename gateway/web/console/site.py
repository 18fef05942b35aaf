"""The console as a whole: its pages, and what it shows where something is wrong."""

from __future__ import annotations

from fastapi import APIRouter, FastAPI, Request, Response

from gateway.web.console import (
    account,
    audit,
    bench,
    catalog,
    certificates,
    dashboard,
    decisions,
    hooks,
    login,
    mapping,
    message,
    messages,
    openid,
    orders,
    partners,
    profiles,
    queue,
    users,
)
from gateway.web.console.desk import HOME, Away, trouble
from gateway.web.people import ForPeople

__all__ = ["ROUTERS", "install"]

ROUTERS: tuple[APIRouter, ...] = (
    login.router,
    openid.router,
    account.router,
    audit.router,
    certificates.router,
    users.router,
    hooks.router,
    queue.router,
    orders.router,
    decisions.router,
    mapping.router,
    messages.router,
    partners.router,
    profiles.router,
    catalog.router,
    message.router,
    bench.router,
    dashboard.router,
)
"""The pages, by what they show."""


def install(app: FastAPI) -> None:
    """Add the console to the app."""
    for router in ROUTERS:
        app.router.routes.extend(router.routes)  # as they are; see create_app
    app.add_exception_handler(Away, _on_away)
    app.add_middleware(ForPeople, below=(HOME,), page=trouble)


def _on_away(request: Request, error: Exception) -> Response:
    assert isinstance(error, Away)
    return error.answer
