"""The work beside the doors: folders are polled, receipts answered and sent."""

from gateway.jobs.cron import following
from gateway.jobs.processes import stop_at_end_of_input, supervise
from gateway.jobs.run import poll_beside, run, stop_on_signals

__all__ = [
    "following",
    "poll_beside",
    "run",
    "stop_at_end_of_input",
    "stop_on_signals",
    "supervise",
]
