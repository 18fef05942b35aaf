"""The page ``/metrics``: what was counted, what waits, in Prometheus' text form."""

from __future__ import annotations

import shutil
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from gateway.config import Settings
from gateway.engine.counts import BOUNDS_S, Series
from gateway.engine.lanes import fetched_lanes
from gateway.partner import Profile
from gateway.store import health, sla, tallies
from gateway.store.certificates import Certificate, in_use
from gateway.store.database import Database
from gateway.store.health import Backlog

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"

HELP: Mapping[str, tuple[str, str]] = {
    "gateway_receipts_total": ("counter", "Transmissions taken in, by kind of door"),
    "gateway_as2_strangers_total": ("counter", "AS2 requests under unknown names"),
    "gateway_cxml_refused_total": ("counter", "cXML requests of which nothing is kept"),
    "gateway_oci_refused_total": ("counter", "OCI call-ups that led to nothing"),
    "gateway_punchout_sessions_total": (
        "counter",
        "Punch-out sessions, by partner and what happened",
    ),
    "gateway_messages_total": ("counter", "Messages read, by type, partner, verdict"),
    "gateway_orders_total": ("counter", "Orders kept, by partner and first state"),
    "gateway_sends_total": ("counter", "Attempts to send, by kind and outcome"),
    "gateway_uncounted_total": ("counter", "Counted under too many labels to name"),
    "gateway_accept_seconds": ("histogram", "Until the bytes were on the disk"),
    "gateway_process_seconds": ("histogram", "One batch, read and committed"),
    "gateway_deliver_seconds": ("histogram", "One attempt to send, by kind"),
    "gateway_queue_depth": ("gauge", "Due work that waits, by queue"),
    "gateway_queue_age_seconds": ("gauge", "How long the oldest has been due"),
    "gateway_outbox_messages": ("gauge", "Messages not yet sent, by state"),
    "gateway_quarantined": ("gauge", "Transmissions in quarantine"),
    "gateway_database_connections": ("gauge", "Of this process, by state"),
    "gateway_disk_free_bytes": ("gauge", "Free bytes beside the home folder"),
    "gateway_sla_running": ("gauge", "Clocks that were told, by partner and level"),
    "gateway_certificate_days_left": (
        "gauge",
        "Days of the certificate that ends next",
    ),
}
"""Every metric with its type and what it says."""

_Line = tuple[str, str, float]


def page(
    db: Database, profiles: Mapping[str, Profile], settings: Settings, now: datetime
) -> str:
    """All metrics of all processes; connections are those of this one."""
    with db.read() as tx:
        counted = tallies.every(tx)
        fetched = fetched_lanes(profiles.values())
        waiting = health.backlog(tx, now, fetched)
        clocks = sla.levels(tx)
        known = in_use(tx, profiles, settings.home, now)
    lines = [
        *_counted(counted),
        *_backlog(waiting, now),
        *_clocks(clocks),
        *_machine(db, settings),
        *_days_left(known, now),
    ]
    by_family: defaultdict[str, list[str]] = defaultdict(list)
    for name, labels, value in lines:
        text = f"{name}{{{labels}}}" if labels else name
        by_family[_family(name)].append(f"{text} {value:.15g}")
    parts: list[str] = []
    for name, (kind, told) in HELP.items():
        if by_family[name]:
            head = [f"# HELP {name} {told}.", f"# TYPE {name} {kind}"]
            parts += [*head, *by_family[name]]
    return "\n".join(parts) + "\n"


def _family(name: str) -> str:
    for end in ("_bucket", "_sum", "_count"):
        if name.removesuffix(end) in HELP:
            return name.removesuffix(end)
    return name


def _counted(counted: Mapping[Series, float]) -> Iterator[_Line]:
    """Counters as they are; buckets added up from the smallest on."""
    buckets: defaultdict[Series, dict[str, float]] = defaultdict(dict)
    for (name, labels), value in sorted(counted.items()):
        if not name.endswith("_bucket"):
            yield name, labels, value
            continue
        rest, _, le = labels.rpartition('le="')
        buckets[name, rest.rstrip(",")][le.rstrip('"')] = value
    for (name, labels), by_bound in buckets.items():
        total = 0.0
        for le in (*map(str, BOUNDS_S), "+Inf"):
            total += by_bound.get(le, 0.0)
            yield name, f'{labels},le="{le}"'.lstrip(","), total


def _backlog(waiting: Backlog, now: datetime) -> Iterator[_Line]:
    queues = {
        "receipts": waiting.receipts,
        "outbox": waiting.messages,
        "events": waiting.unsealed,
        "alerts": waiting.alerts,
        "webhooks": waiting.webhooks,
    }
    for name, queue in queues.items():
        yield "gateway_queue_depth", f'queue="{name}"', queue.count
    for name, queue in queues.items():
        yield "gateway_queue_age_seconds", f'queue="{name}"', queue.age_s(now)
    for state in ("queued", "sending"):
        count = waiting.outbox.get(state, 0)
        yield "gateway_outbox_messages", f'state="{state}"', count
    yield "gateway_quarantined", "", waiting.quarantined


def _clocks(clocks: Mapping[tuple[str, str, str], int]) -> Iterator[_Line]:
    for (partner, clock, level), count in sorted(clocks.items()):
        labels = f'partner="{_word(partner)}",clock="{clock}",level="{level}"'
        yield "gateway_sla_running", labels, count


def _machine(db: Database, settings: Settings) -> Iterator[_Line]:
    for state, count in db.connections().items():
        yield "gateway_database_connections", f'state="{state}"', count
    free = shutil.disk_usage(settings.home).free
    yield "gateway_disk_free_bytes", "", free


def _days_left(known: Iterable[Certificate], now: datetime) -> Iterable[_Line]:
    first: dict[str, float] = {}
    for one in known:
        days = (one.until - now).total_seconds() / 86_400
        first[one.partner_id] = min(days, first.get(one.partner_id, days))
    for partner, days in sorted(first.items()):
        yield "gateway_certificate_days_left", f'partner="{_word(partner)}"', days


def _word(name: str) -> str:
    return "".join(one for one in name if one.isalnum() or one in "-_.")
