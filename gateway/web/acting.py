"""Requests that act: with an ``Idempotency-Key`` a repeat gets the same answer."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import Depends, Header, Request, Response
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool

from gateway.store import replies
from gateway.store.replies import Reply
from gateway.web import intake
from gateway.web.beneath import KEY, LONGEST_KEY
from gateway.web.doors import Doors, TheCaller, bearer, caller, doors
from gateway.web.problem import Problem

MOST_BYTES = 16 * 1024 * 1024
"""The longest body of a request that acts."""
_NAME = "Idempotency-Key"
_ONCE = "Shown-Once"
_BEFORE = "the first answer held a secret, which is kept nowhere and shown once"
_KEPT = ("content-type", "location", "etag")
_METHODS = frozenset({"POST", "PUT", "PATCH", "DELETE"})


async def _named(
    who: TheCaller,
    idempotency_key: Annotated[
        str,
        Header(
            max_length=LONGEST_KEY,
            pattern=f"^{KEY.pattern}$",
            description="Yours, unique: a repeat gets the same answer for a day.",
        ),
    ] = "",
) -> None:
    """So that the description names the header."""


def shown_once(response: Response) -> None:
    """Say of an answer that it holds a secret, so that it is not kept."""
    response.headers[_ONCE] = "yes"


class Acting(APIRoute):
    """A route whose answers are kept for a day under the caller's key.

    The same key with another request is 409 (WIRE-021), and so is one whose request is
    under way, or was answered with a secret (API-020). What failed on our side is not
    kept.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **more: Any) -> None:
        if _METHODS & set(more.get("methods") or ()):
            more["dependencies"] = [*(more.get("dependencies") or ()), Depends(_named)]
        super().__init__(path, endpoint, **more)

    def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:  # type: ignore[override]  # a coroutine is awaitable
        """Handles a request, or repeats what was answered to it before."""
        handle = super().get_route_handler()

        async def once(request: Request) -> Response:
            key = request.headers.get(_NAME, "")
            if not key or request.method not in _METHODS:
                return await handle(request)
            return await _once(request, key, handle)

        return once


async def _once(
    request: Request, key: str, handle: Callable[[Request], Awaitable[Response]]
) -> Response:
    parts = await doors(request)
    sent = await bearer(request)
    who = await caller(request, parts, sent)
    if len(key) > LONGEST_KEY or not KEY.fullmatch(key):
        return await handle(request)  # which says what is wrong
    timeout_s = parts.body_timeout_s
    body = await intake.small(request, MOST_BYTES, timeout_s=timeout_s)
    request._body = body  # so that the handler reads it again
    asked = hashlib.sha256()
    for part in (request.method, request.url.path, request.url.query):
        asked.update(part.encode() + b"\n")
    asked.update(body)
    before = await run_in_threadpool(_begin, parts, who.key_id, key, asked.hexdigest())
    if before is not None:
        return _repeated(before, asked.hexdigest())
    try:
        answer = await handle(request)
    except BaseException:
        await run_in_threadpool(_give_back, parts, who.key_id, key)
        raise
    await run_in_threadpool(_note, parts, who.key_id, key, answer)
    return answer


def _begin(parts: Doors, of: str, key: str, asked: str) -> Reply | None:
    with parts.engine.db.begin() as tx:
        return replies.begin(tx, of, key, asked, parts.clock())


def _give_back(parts: Doors, of: str, key: str) -> None:
    with parts.engine.db.begin() as tx:
        replies.give_back(tx, of, key)


def _note(parts: Doors, of: str, key: str, answer: Response) -> None:
    if answer.status_code >= 500:
        _give_back(parts, of, key)
        return
    told = {name: answer.headers[name] for name in _KEPT if name in answer.headers}
    is_secret = _ONCE in answer.headers
    body = "" if is_secret else bytes(answer.body).decode()
    if is_secret:
        told[_ONCE] = "yes"
    with parts.engine.db.begin() as tx:
        replies.note(tx, of, key, answer.status_code, json.dumps(told), body)


def _repeated(before: Reply, asked: str) -> Response:
    if before.asked != asked:
        raise Problem.of("WIRE-021", "the key came before with another request")
    if not before.status:
        what = "the first request with this key is not answered yet"
        raise Problem.of("API-020", what, headers={"Retry-After": "1"})
    kept = json.loads(before.headers)
    if _ONCE in kept:
        raise Problem.of("API-020", _BEFORE)
    headers = kept | {"Idempotent-Replayed": "true"}
    return Response(before.body, before.status, headers=headers)
