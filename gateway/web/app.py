"""The web application: routes, problems, and what every answer has."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime
from importlib import metadata

from fastapi import FastAPI, Request, Response

from gateway.engine import Engine
from gateway.engine.engine import utc_now
from gateway.findings import Finding
from gateway.store import queries
from gateway.store.database import Unavailable
from gateway.web import api, orders, problem
from gateway.web import explain as explain_routes
from gateway.web.doors import Check, Doors, Release, TheDoors
from gateway.web.explain import Explain
from gateway.web.guard import Guard
from gateway.web.shapes import Health

BODY_TIMEOUT_S = 300.0


def create_app(
    engine: Engine | None = None,
    *,
    check: Check | None = None,
    release: Release | None = None,
    explain: Explain | None = None,
    body_timeout_s: float = BODY_TIMEOUT_S,
    clock: Callable[[], datetime] = utc_now,
) -> FastAPI:
    """The HTTP door of this engine, ready to be served.

    ``check``, ``release`` and ``explain`` do what their routes promise. A body has
    ``body_timeout_s`` to come in; ``clock`` is the engine's. Without an engine only
    ``/healthz`` and the description in ``/openapi.json`` are of use.
    """
    app = FastAPI(
        title="Procurement gateway",
        version=_version(),
        docs_url=None,
        redoc_url=None,
    )
    problem.install(app)
    app.add_exception_handler(Unavailable, _on_unavailable)
    app.add_middleware(Guard)
    app.include_router(api.router)
    app.include_router(orders.router)
    app.include_router(explain_routes.router)
    app.get("/healthz")(health)
    app.get("/readyz")(ready)
    if engine is not None:
        assert check is not None
        assert release is not None
        app.state.explain = explain
        app.state.doors = Doors(
            engine=engine,
            check=check,
            release=release,
            body_timeout_s=body_timeout_s,
            clock=clock,
        )
    return app


def health() -> Health:
    """Whether the process answers."""
    return Health(status="ok")


def ready(parts: TheDoors) -> Health:
    """Whether the database answers, its tables are there and files can be written."""
    with parts.engine.db.read() as tx:
        queries.unfinished(tx)
    if not os.access(parts.engine.settings.home, os.W_OK):
        raise problem.Problem.of("API-013", "the home folder cannot be written to")
    return Health(status="ready")


def _on_unavailable(request: Request, error: Exception) -> Response:
    """The database does not answer. Its own words may hold data and stay inside."""
    found = Finding.of("API-013", "the database does not answer")
    told = problem.Problem(found, headers={"Retry-After": "5"})
    return problem.answer(told, request.url.path)


def _version() -> str:
    try:
        return metadata.version("procurement-gateway")
    except metadata.PackageNotFoundError:
        return "0"
