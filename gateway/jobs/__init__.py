"""The work beside the doors: folders are polled, receipts answered and sent."""

from gateway.jobs.cron import following
from gateway.jobs.processes import crew, stop_at_end, supervise
from gateway.jobs.run import poll_beside, run, stop_on_signals

__all__ = [
    "crew",
    "following",
    "poll_beside",
    "run",
    "stop_at_end",
    "stop_on_signals",
    "supervise",
]
