"""Versions of what can be changed: ``ETag`` out, ``If-Match`` in (RFC 9110 §13.1.1)."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Header

from gateway.web.problem import Problem
from gateway.web.shapes import ProblemShape

__all__ = ["PRECONDITION", "IfMatch", "check", "etag"]

IfMatch = Annotated[
    str,
    Header(
        max_length=200,
        description="The ETag of what the change is based on; * for whatever is there.",
    ),
]

_PROBLEM = {"model": ProblemShape, "content": {"application/problem+json": {}}}
PRECONDITION: dict[int | str, dict[str, Any]] = {
    412: _PROBLEM | {"description": "It was changed since it was read."},
    428: _PROBLEM | {"description": "If-Match is missing."},
}


def etag(version: object) -> str:
    """A version as an entity tag."""
    return f'"{version}"'


def check(if_match: str, version: object) -> None:
    """A problem unless the change is based on this version."""
    if not if_match:
        raise Problem.of("API-022", "no If-Match was sent")
    wanted = [one.strip() for one in if_match.split(",")]
    if "*" not in wanted and etag(version) not in wanted:
        raise Problem.of("API-021", f"it is at version {version} by now")
