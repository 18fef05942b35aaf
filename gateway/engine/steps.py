"""The moments of one round at which a crash must lose and double nothing."""

from __future__ import annotations

from collections.abc import Callable

Step = Callable[[str], None]
"""Is told the name of each moment as it comes."""

STEPS = (
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
"""All of them, in the order of a round. Inserted, claimed, held, answered, carried out,
leasing and settling lie inside a transaction that is not committed yet."""


def nothing(name: str) -> None:
    """What production does at a step."""
