"""The moments of one round at which a crash must lose and double nothing."""

from __future__ import annotations

from collections.abc import Callable

Step = Callable[[str], None]
"""Is told the name of each moment as it comes."""

ROUND = (
    "accept.begun",
    "accept.inserted",
    "accept.kept",
    "process.claimed",
    "process.counted",
    "process.read",
    "process.held",
    "process.answered",
    "process.carried_out",
    "process.committed",
    "deliver.leasing",
    "deliver.leased",
    "deliver.sending",
    "deliver.sent",
    "deliver.settling",
    "deliver.settled",
)
"""Those of an order that comes in and is answered, in their order."""

STEPS = (
    *ROUND,
    "erp.applied",
    "overdue.carried_out",
    "overdue.committed",
    "alert.routed",
    "seal.linked",
    "seal.committed",
    "takeover.freed",
    "tidy.forgotten",
)
"""All of them. Inserted, claimed, held, answered, carried out,
leasing and settling lie inside a transaction that is not committed yet; so do applied
(a file of our ERP), routed (alerts), linked (events), freed (what a dead process held)
and forgotten (old keys)."""


def nothing(name: str) -> None:
    """What production does at a step."""
