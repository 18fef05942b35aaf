"""Requests that are not understood: whoever may not ask hears that, and no more.

FastAPI reads a body before it asks who sent it, and what is wrong with the body before
a route can say that it is not for this key.
"""

from __future__ import annotations

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from gateway.web import problem
from gateway.web.doors import ASKED_BY, Caller, bearer, caller, doors
from gateway.web.problem import Problem

__all__ = ["install"]

_BAD_REQUEST = 400


def install(app: FastAPI) -> None:
    """Have the app ask first who it is."""
    app.add_exception_handler(RequestValidationError, _of_request)
    app.add_exception_handler(HTTPException, _of_http)


async def _of_request(request: Request, error: Exception) -> Response:
    return await _refused(request) or problem.of_request(request, error)


async def _of_http(request: Request, error: Exception) -> Response:
    """FastAPI says 400 of a body that is no text at all."""
    assert isinstance(error, HTTPException)
    refused = await _refused(request) if error.status_code == _BAD_REQUEST else None
    return refused or problem.of_http(request, error)


async def _refused(request: Request) -> Response | None:
    """401 or 403 for who may not ask this, whatever is in the request."""
    if not _is_asked(request):
        return None
    try:
        who = request.scope.get(ASKED_BY) or await _caller(request)
        who.may_act(request.method, request.url.path)
    except Problem as refused:
        return problem.answer(refused, request.url.path)
    return None


def _is_asked(request: Request) -> bool:
    """Whether it is a request of the API, to a gateway."""
    is_whole = hasattr(request.app.state, "doors")
    return is_whole and request.url.path.startswith("/v1/")


async def _caller(request: Request) -> Caller:
    """Who asks, where nobody had looked yet."""
    return await caller(request, await doors(request), await bearer(request))
