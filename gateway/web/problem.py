"""Findings as ``application/problem+json`` (RFC 9457)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, PlainTextResponse
from starlette.exceptions import HTTPException
from starlette.routing import Match

from gateway.findings import CODES, Finding, Where

MEDIA_TYPE = "application/problem+json"
_UNPROCESSABLE = 422
"""Of what is no fault elsewhere, and keeps this request from being met."""
PAGE = "/docs/errors"
"""Where the page of a code stands: ``/docs/errors/API-010``."""


_METHODS = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")


class Problem(Exception):
    """The request cannot be met; the finding says why and gives the HTTP status."""

    def __init__(
        self,
        finding: Finding,
        *,
        findings: Sequence[Finding] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(finding.what)
        self.finding = finding
        self.findings = tuple(findings) or (finding,)
        self.headers = headers

    @classmethod
    def of(
        cls, code: str, what: str, *, headers: Mapping[str, str] | None = None
    ) -> Problem:
        """A problem with one finding."""
        return cls(Finding.of(code, what), headers=headers)


def answer(problem: Problem, instance: str) -> Response:
    """The problem as a response. ``instance`` is the path that was asked for."""
    row = CODES[problem.finding.code]
    status = row.http if row.http >= HTTPStatus.BAD_REQUEST else _UNPROCESSABLE
    body = {
        "type": f"{PAGE}/{row.code}",
        "title": row.title,
        "status": status,
        "detail": f"{problem.finding.what}. {row.fix}",
        "instance": instance,
        "code": row.code,
        "findings": [finding_json(finding) for finding in problem.findings],
    }
    headers = dict(problem.headers or {})
    return JSONResponse(body, status, headers=headers, media_type=MEDIA_TYPE)


def plain(
    status: int, instance: str, headers: Mapping[str, str] | None, detail: str = ""
) -> Response:
    """A problem that has no code beside its HTTP status (RFC 9457 §4.2.1)."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "instance": instance,
        "findings": [],
    }
    if detail:
        body["detail"] = detail
    return JSONResponse(
        body, status, headers=dict(headers or {}), media_type=MEDIA_TYPE
    )


def finding_json(finding: Finding) -> dict[str, Any]:
    """A finding with its place and what to do, as JSON has it."""
    return {
        "code": finding.code,
        "severity": finding.severity.value,
        "what": finding.what,
        "where": str(finding.where),
        "value": finding.value,
        "fix": finding.fix,
    }


def install(app: FastAPI) -> None:
    """Answer every error of the app as a problem, and show the page of each code."""
    app.add_exception_handler(Problem, _on_problem)
    app.add_exception_handler(RequestValidationError, of_request)
    app.add_exception_handler(HTTPException, of_http)
    app.get(f"{PAGE}/{{code}}", include_in_schema=False)(page)


def page(code: str) -> PlainTextResponse:
    """What a code means and what to do about it."""
    row = CODES.get(code.upper())
    if row is None:
        raise Problem.of("API-011", "there is no such code")
    return PlainTextResponse(f"{row.code}: {row.title}\n\n{row.fix}\n")


def _on_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return answer(error, request.url.path)


def of_http(request: Request, error: Exception) -> Response:
    """What Starlette and FastAPI answer themselves."""
    assert isinstance(error, HTTPException)
    if error.status_code == HTTPStatus.NOT_FOUND:
        return answer(Problem.of("API-011", "no such address"), request.url.path)
    if error.status_code == HTTPStatus.BAD_REQUEST:
        what = "the body is not what its Content-Type says, in UTF-8"
        return answer(Problem.of("API-001", what), request.url.path)
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        allowed = ", ".join(_methods(request))
        detail = f"{request.method[:40]} is not done at this address. Use {allowed}."
        headers = {"Allow": allowed}
        return plain(error.status_code, request.url.path, headers, detail)
    return plain(error.status_code, request.url.path, error.headers)


def _methods(request: Request) -> list[str]:
    """What may be asked of an address, of all routes to it (RFC 9110 §15.5.6).

    The framework tells the methods of the first one alone.
    """
    routes = request.app.router.routes
    asked = [(name, dict(request.scope) | {"method": name}) for name in _METHODS]
    return [
        name
        for name, scope in asked
        if any(one.matches(scope)[0] is Match.FULL for one in routes)
    ]


def of_request(request: Request, error: Exception) -> Response:
    """What FastAPI found wrong with a request."""
    assert isinstance(error, RequestValidationError)
    findings = tuple(_of_request(error.errors()))
    return answer(Problem(findings[0], findings=findings), request.url.path)


_KINDS = {
    "json_invalid": "API-001",
    "extra_forbidden": "API-003",
    "missing": "API-005",
    "enum": "API-007",
    "literal_error": "API-007",
}


def _of_request(errors: Iterable[Any]) -> Iterable[Finding]:
    """What pydantic found in a body or a parameter; the value itself is not echoed."""
    for error in errors:
        first, *rest = (str(part) for part in error["loc"])
        path = "/".join(rest)
        where = Where(path=f"/{path}" if first == "body" else path)
        yield Finding.of(_KINDS.get(error["type"], "API-004"), error["msg"], where)
