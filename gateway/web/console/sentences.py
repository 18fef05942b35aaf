"""What forms of decisions have in common: a reason, and what speaks against it."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import Response

from gateway.findings import Finding
from gateway.web.console.desk import Desk

__all__ = ["against", "short_reason"]

_MOST = 500


def short_reason(desk: Desk) -> str:
    """Why, as somebody typed it; cut where it is too long for the history."""
    return desk.form.get("reason")[:_MOST]


def against(desk: Desk, found: Sequence[Finding]) -> Response:
    """A page that says why it was not done."""
    first = found[0]
    status = 404 if first.code == "API-011" else 409
    return desk.refused(" ".join(map(desk.speech.finding, found)), status=status)
