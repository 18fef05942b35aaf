"""The web application: routes, problems, and what every answer has."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from importlib import metadata

import structlog
from fastapi import FastAPI, Request, Response

from gateway.engine import Engine
from gateway.engine.pace import Pace
from gateway.findings import Finding
from gateway.store.database import Unavailable
from gateway.store.receipts import Busy
from gateway.store.sealed import Locked
from gateway.store.shared_time import utc_now
from gateway.transport.openid import OpenId
from gateway.web import (
    advices,
    again,
    api,
    api_keys,
    as2,
    changes,
    cross_references,
    cxml,
    description,
    happenings,
    health,
    hooks,
    invoices,
    message_parts,
    oci,
    orders,
    partners,
    price_lists,
    problem,
    punchout,
    punchout_api,
    shipments,
    signed,
    sla,
    soap,
    unclear,
)
from gateway.web import explain as explain_routes
from gateway.web.again import Actions
from gateway.web.beneath import Answer, Beneath
from gateway.web.console import site as console
from gateway.web.doors import Check, Doors, Release
from gateway.web.explain import Explain
from gateway.web.guard import Guard
from gateway.web.quick import Quick
from gateway.web.storefront import routes as shop
from gateway.web.targets import Targets

log = structlog.get_logger()
BODY_TIMEOUT_S = 300.0
_ROUTERS = (
    as2,
    cxml,
    punchout,
    oci,
    punchout_api,
    shop,
    api,
    message_parts,
    orders,
    changes,
    cross_references,
    shipments,
    signed,
    soap,
    invoices,
    advices,
    sla,
    again,
    hooks,
    api_keys,
    partners,
    price_lists,
    happenings,
    explain_routes,
    health,
)
"""What has routes of its own; a module of one is a line here."""


def create_app(  # noqa: PLR0913  what is behind the routes, part by part
    engine: Engine | None = None,
    *,
    check: Check | None = None,
    release: Release | None = None,
    explain: Explain | None = None,
    actions: Actions | None = None,
    body_timeout_s: float = BODY_TIMEOUT_S,
    clock: Callable[[], datetime] = utc_now,
) -> FastAPI:
    """The HTTP door of this engine, ready to be served.

    ``check``, ``release``, ``explain`` and ``actions`` do what their routes promise. A
    body has ``body_timeout_s`` to come in; ``clock`` is the engine's. Without an engine
    only ``/healthz`` and the description in ``/openapi.json`` are of use.
    """
    app = FastAPI(
        title="Procurement gateway",
        version=_version(),
        docs_url=None,
        redoc_url=None,
    )
    problem.install(app)
    unclear.install(app)
    app.add_exception_handler(Unavailable, _on_unavailable)
    app.add_exception_handler(OSError, _on_disk)
    app.add_exception_handler(Busy, _on_busy)
    if engine is not None:
        ways: dict[str, Answer] = {
            "/v1/interchanges": api.take,
            "/as2": as2.take,
            "/as2/mdn": as2.take,
        }
        app.add_middleware(Beneath, ways=ways)
        app.state.quick = Quick(app, {path.encode(): of for path, of in ways.items()})
    punchout.install(app)
    app.add_middleware(Guard)
    for one in _ROUTERS:
        # As they are: included, each would be made anew at the first request (0.3 s).
        app.router.routes.extend(one.router.routes)
    console.install(app)
    description.install(app)
    app.add_middleware(Targets)
    if engine is not None:
        assert check is not None
        assert release is not None
        app.state.explain = explain
        app.state.actions = actions
        app.state.doors = Doors(
            engine=engine,
            check=check,
            release=release,
            body_timeout_s=body_timeout_s,
            clock=clock,
            pace=Pace(engine.settings.api_requests_per_minute),
            openid=_openid(engine),
        )
    return app


def _openid(engine: Engine) -> OpenId | None:
    at = engine.settings
    return OpenId(at, engine.secrets) if at.oidc_issuer else None


def _on_unavailable(request: Request, error: Exception) -> Response:
    """The database does not answer. Its own words may hold data and stay inside."""
    if isinstance(error, Locked):
        found = error.found
    else:
        found = Finding.of("API-013", "the database does not answer")
    told = problem.Problem(found, headers={"Retry-After": "5"})
    return problem.answer(told, request.url.path)


def _on_disk(request: Request, error: Exception) -> Response:
    """The disk is full, broken or read-only: nothing was kept, and it may pass."""
    log.error("http.no_disk", kind=type(error).__qualname__)
    found = Finding.of("API-013", "the disk does not take the bytes")
    told = problem.Problem(found, headers={"Retry-After": "5"})
    return problem.answer(told, request.url.path)


def _on_busy(request: Request, error: Exception) -> Response:
    """Too much at once: refused before it takes any memory."""
    found = Finding.of("API-016", str(error))
    told = problem.Problem(found, headers={"Retry-After": "1"})
    return problem.answer(told, request.url.path)


def _version() -> str:
    try:
        return metadata.version("procurement-gateway")
    except metadata.PackageNotFoundError:
        return "0"
