"""The loop that the doors, the jobs and the commands all drive."""

from gateway.engine.engine import Engine

__all__ = ["Engine"]
