"""Starts processes that can be killed, by forking: importing us takes a second.

Called as ``zygote.py MODULE``. Each line on the standard input is a JSON list of a word
and its arguments: ``start`` runs ``MODULE.main(arguments)`` in a process of its own and
gives its number, ``wait`` gives how a process ended.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


class Zygote:
    """The one who forks, as a test sees it."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def start(self, *arguments: str) -> int:
        """The number of a new process."""
        return self._ask("start", *arguments)

    def wait(self, number: int) -> int:
        """How a process ended, below zero by a signal; returns when it has."""
        return self._ask("wait", str(number))

    def run(self, *arguments: str) -> int:
        """Start a process and wait for its end."""
        return self.wait(self.start(*arguments))

    def _ask(self, *words: str) -> int:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(words) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())


@contextmanager
def zygote(module: str) -> Iterator[Zygote]:
    """A zygote of ``module``. What it has started must have ended by the end."""
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    process = subprocess.Popen(
        [sys.executable, __file__, module],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": path},
        text=True,
    )
    try:
        yield Zygote(process)
    finally:
        process.communicate()


def serve(main: Callable[[list[str]], Any]) -> None:
    """Fork for each ``start`` until the input ends."""
    gc.freeze()
    for line in sys.stdin:
        word, *arguments = json.loads(line)
        answer = _end(int(arguments[0])) if word == "wait" else _child(main, arguments)
        sys.stdout.write(f"{answer}\n")
        sys.stdout.flush()


def _end(number: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(number, 0)[1])


def _child(main: Callable[[list[str]], Any], arguments: list[str]) -> int:
    number = os.fork()
    if number:
        return number
    code = 1
    try:
        nothing = os.open(os.devnull, os.O_RDWR)
        os.dup2(nothing, 0)
        os.dup2(nothing, 1)
        main(arguments)
        code = 0
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stderr.flush()
        os._exit(code)


def warm() -> None:
    """Have what every gateway reads, lays out and compiles when it needs it first.

    An order is answered in a home that is thrown away; whoever is forked from here
    has the rest, as workers have it from the process that they are forked from.
    """
    compiled = importlib.import_module("tests.compiled")
    house = importlib.import_module("tests.unit.engine.house")
    begun = importlib.import_module("tests.begun")
    config = importlib.import_module("gateway.config")
    compiled.take_over()
    with tempfile.TemporaryDirectory() as folder:
        settings = config.Settings(home=Path(folder))
        begun.give_tables(settings)
        one = house.House(settings, {}, {})
        one.order()
        one.close()


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    warm()
    serve(importlib.import_module(sys.argv[1]).main)
