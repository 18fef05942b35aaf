"""The work beside the doors: folders are polled, receipts answered and sent."""

from gateway.jobs.run import run, stop_on_signals

__all__ = ["run", "stop_on_signals"]
