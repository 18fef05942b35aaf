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

SENT_AS2 = ("deliver.wiring", "deliver.wired")
"""Those of a message of ours that is wrapped before it is sent."""

RECEIPTS = ("mdn.read", "mdn.settling", "mdn.settled", "mdn.overdue")
"""Those of a receipt (MDN) that comes later, or does not come."""

STEPS = (
    *ROUND,
    "erp.applied",
    "overdue.carried_out",
    "overdue.committed",
    "alert.routed",
    "seal.linked",
    "seal.committed",
    "publish.lined_up",
    "publish.leased",
    "publish.posted",
    "takeover.freed",
    "tidy.forgotten",
)
"""All of them. Inserted, claimed, held, answered, carried out,
leasing and settling lie inside a transaction that is not committed yet; so do applied
(a file of our ERP), routed (alerts), linked (events), freed (what a dead process held)
and forgotten (old keys)."""


AS2_IN = (
    "as2.receiving",
    "as2.received",
    "as2.opened",
    "as2.answering",
    "as2.answered",
)
"""Those of a message that comes by AS2, before its documents are processed. Receiving
and answering lie inside a transaction."""

SFTP_GET = (
    "get.listed",
    "get.claimed",
    "get.reading",
    "get.downloaded",
    "accept.begun",
    "accept.inserted",
    "accept.kept",
    "get.accepted",
    "get.put_away",
    "get.noted",
    "get.settled",
)
"""Those of a file that is picked up from a partner's server."""

SFTP_PUT = (
    "deliver.leased",
    "deliver.sending",
    "put.writing",
    "put.written",
    "put.checked",
    "put.renamed",
    "put.marked",
    "deliver.sent",
    "deliver.settling",
    "deliver.settled",
)
"""Those of a file that is delivered to a partner's server."""

PORTAL_GET = (
    "portal.listed",
    "portal.fetched",
    "accept.begun",
    "accept.inserted",
    "accept.kept",
    "portal.booked",
    "portal.confirmed",
    "get.settled",
)
"""Those of an order that waits in a partner's portal."""

DROP = (
    "drop.written",
    "drop.closing",
    "accept.begun",
    "accept.inserted",
    "accept.kept",
    "drop.kept",
    "drop.reading",
    "drop.fetched",
    "drop.taking",
    "drop.taken",
)
"""Those of a partner at our SFTP door who uploads an order and fetches its answers.
Reading (a read receipt) and taking (the delivery) lie inside a transaction."""


def nothing(name: str) -> None:
    """What production does at a step."""
