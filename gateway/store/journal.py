"""Findings and events as rows, and back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import NamedTuple

from gateway.findings import Finding
from gateway.findings.model import NOWHERE, Severity, Where
from gateway.order.write import dumps
from gateway.store import ids

_DEFAULTS = asdict(NOWHERE)


def place_text(where: Where) -> str:
    """A place as JSON, without the fields that say nothing."""
    if where == NOWHERE:
        return ""
    fields = {k: v for k, v in asdict(where).items() if v != _DEFAULTS[k]}
    return json.dumps(fields, separators=(",", ":"))


def finding_of(code: str, severity: str, what: str, place: str, value: str) -> Finding:
    """A finding as it was noted."""
    where = Where(**json.loads(place)) if place else NOWHERE
    return Finding(code, what, where, value, Severity(severity))


def finding_rows(
    findings: Iterable[Finding],
    partner_id: str,
    receipt_id: str,
    *,
    message_id: str = "",
    order_id: str = "",
) -> list[dict[str, object]]:
    """Rows of ``finding``, numbered from 1 within their place."""
    return [
        {
            "partner_id": partner_id,
            "id": ids.new("fnd"),
            "receipt_id": receipt_id,
            "message_id": message_id,
            "order_id": order_id,
            "ordinal": ordinal,
            "code": found.code,
            "severity": str(found.severity),
            "what": found.what,
            "place": place_text(found.where),
            "value": found.value,
        }
        for ordinal, found in enumerate(findings, 1)
    ]


class Version(NamedTuple):
    """A version of an order: the order, its answer and the report, each as JSON.

    They are stored as the lines of one text: they repeat each other, so that packed
    together they take three quarters of what they take one by one.
    """

    body: str
    ack: str
    report: str

    @property
    def text(self) -> str:
        """A line of JSON for each."""
        return "\n".join(self)

    @classmethod
    def of(cls, text: str) -> Version:
        """The version that is stored as this text."""
        body, ack, report = text.split("\n", 2)
        return cls(body, ack, report)


def version_bytes(text: str) -> bytes:
    """The text of a version as it is attested: three lines of JSON."""
    return f"{text}\n".encode()


def version_sum(text: str) -> str:
    """What the events of a version name: SHA-256 of its three lines."""
    return hashlib.sha256(version_bytes(text)).hexdigest()


def event_row(
    partner_id: str, name: str, ref: str, now: datetime, **detail: str
) -> dict[str, object]:
    """A row of ``event``: what happened to ``ref``, an id."""
    return {
        "partner_id": partner_id,
        "id": ids.new("evt"),
        "at": now,
        "name": name,
        "ref": ref,
        "detail": dumps(detail),
    }
