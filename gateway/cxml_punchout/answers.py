"""The short documents of ours: profile, start page, status of a document."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping

from gateway.cxml_punchout.envelope import status_node
from gateway.cxml_punchout.pieces import document_reference
from gateway.cxml_punchout.stamps import write_stamp
from gateway.cxml_punchout.status import Status
from gateway.safexml.markup import Node, element

__all__ = ["profile_response", "setup_response", "status_update"]


def profile_response(
    effective: dt.datetime,
    accepted: Mapping[str, str],
    options: Iterable[tuple[str, str]] = (),
) -> Node:
    """ProfileResponse: exactly the requests that are accepted, each with its address.

    Buyers keep it for a day or so.
    """
    return element(
        "ProfileResponse",
        (element("Option", value, name=name) for name, value in options),
        (
            element("Transaction", element("URL", url), requestName=name)
            for name, url in accepted.items()
        ),
        effectiveDate=write_stamp(effective),
    )


def setup_response(start_page: str) -> Node:
    """PunchOutSetupResponse: the address that the buyer's browser goes to, once."""
    return element(
        "PunchOutSetupResponse", element("StartPage", element("URL", start_page))
    )


def status_update(payload_id: str, status: Status) -> Node:
    """StatusUpdateRequest: what became of a document that was answered with 201.

    Exactly one is sent for it, with 200 or an error, and none behind it.
    """
    return element(
        "StatusUpdateRequest", document_reference(payload_id), status_node(status)
    )
