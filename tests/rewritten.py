"""Test modules are rewritten once for all processes of pytest, not once by each.

pytest rewrites the assertions of a module when it is imported first, and keeps what it
compiled. In a new clone its processes begin with the same module at the same time, so
each did most of that work itself. Here they are done before the others start, by as
many processes as there are processors; what is there is left alone.

pytest has no public way of doing this without importing the modules. Where its own
ways are other ones some day, each process does the work itself again.
"""

from __future__ import annotations

import compileall
import gc
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

_OURS = "gateway"


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes(config: pytest.Config) -> None:
    """Share the work out before any other process is started."""
    if sys.dont_write_bytecode:
        return
    asked = (Path(one.partition("::")[0]) for one in config.args)
    files = sorted(set(_under(asked)), key=lambda one: -one.stat().st_size)
    shares = os.cpu_count() or 1
    ours = sorted((config.rootpath / _OURS).rglob("*.py"))
    started = [
        _beside(config, files[n::shares], ours[n::shares]) for n in range(shares)
    ]
    for number in started:
        os.waitpid(number, 0)


def _under(asked: Iterable[Path]) -> Iterator[Path]:
    """Each module there whose assertions are rewritten."""
    for one in asked:
        if one.is_dir():
            yield from one.rglob("test_*.py")
            yield from one.rglob("conftest.py")
        elif one.suffix == ".py" and one.is_file():
            yield one


def _beside(config: pytest.Config, files: list[Path], ours: list[Path]) -> int:
    """A process that does this share and ends; its number."""
    number = os.fork()
    if number:
        return number
    try:
        gc.disable()  # here no test ever runs
        for file in ours:
            compileall.compile_file(file, quiet=2)
        for file in files:
            rewrite(config, file.absolute())
    finally:
        os._exit(0)


def rewrite(config: pytest.Config, file: Path) -> bool:
    """Rewrite one module unless that was done. Whether it was done here."""
    with suppress(Exception):
        from _pytest.assertion import rewrite as of  # noqa: PLC0415  none of ours

        kept = of.get_cache_dir(file) / (file.stem + of.PYC_TAIL)
        if of._read_pyc(file, kept) is None and of.try_makedirs(kept.parent):
            digest, code = of._rewrite_test(file, config)
            state = config.stash[of.assertstate_key]
            return of._write_pyc(state, code, digest, kept)
    return False
