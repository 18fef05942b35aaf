"""How long and how much memory: two things side by side, so that noise hits both."""

from __future__ import annotations

import gc
import resource
import sys
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import process_time

MB = 1_000_000
_STATM = Path("/proc/self/statm")

_PLAIN = (700, 10, 10)
"""Python's own thresholds of collection."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the table.

    ``figure`` is what is held against ``target``: a ratio, a difference or a size, in
    ``unit``. ``at_most`` says that less is better. Without a target it informs only.
    """

    name: str
    measured: str
    base: str = ""
    figure: float = 0.0
    unit: str = "x"
    target: float | None = None
    at_most: bool = False

    @property
    def ok(self) -> bool:
        """Whether the target is met, or there is none."""
        if self.target is None:
            return True
        if self.at_most:
            return self.figure <= self.target
        return self.figure >= self.target


def cpu_s(work: Callable[[], object]) -> float:
    """Seconds of processor time that this process took for it."""
    gc.collect()
    begun = process_time()
    work()
    return process_time() - begun


def alternating(
    one: Callable[[], object], other: Callable[[], object], rounds: int
) -> tuple[float, float]:
    """The least processor time of each, measured in turns, in seconds.

    The collector of garbage works as Python has it, not as the gateway sets it: a plain
    loop beside ours is to be as a plain loop is.
    """
    set_before = gc.get_threshold()
    gc.set_threshold(*_PLAIN)
    try:
        times = [(cpu_s(one), cpu_s(other)) for _ in range(rounds)]
    finally:
        gc.set_threshold(*set_before)
    return min(t for t, _ in times), min(t for _, t in times)


def peak_bytes(work: Callable[[], object]) -> int:
    """How much Python memory it needed at most, beyond what was there before."""
    gc.collect()
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def resident_bytes() -> int:
    """The memory of this process that is in use now; elsewhere than on Linux: ever."""
    if _STATM.exists():
        return int(_STATM.read_text().split()[1]) * resource.getpagesize()
    scale = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * scale
