"""A worker process and its time limit; it is started anew after a crash."""

from __future__ import annotations

import hashlib
import json
import socket
import subprocess
import sys
from importlib.util import find_spec
from multiprocessing.connection import Connection
from threading import Lock

from gateway.ubl.schematron import Broken, broken_in

__all__ = ["Ended", "NoVerdict", "Worker", "is_at_hand"]

TIME_LIMIT_S = 20.0
"""A document of 1,000 lines takes about 1.3 s, the first one of rules 0.3 s more."""
_END_S = 5.0


class NoVerdict(Exception):
    """The rules gave no verdict: they cannot be used, took too long, or crashed."""


class Ended(NoVerdict):
    """The process ended before it gave one: another may do better."""


def is_at_hand() -> bool:
    """Whether what runs business rules is installed: the extra ``ubl``."""
    return find_spec("saxonche") is not None


class Worker:
    """Runs business rules in a process of its own, one document at a time.

    The process starts with the first document. No limit of address space is set: the
    library that runs the rules reserves far more than it uses.
    """

    def __init__(self, time_limit_s: float = TIME_LIMIT_S) -> None:
        self._limit = time_limit_s
        self._lock = Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._pipe: Connection | None = None
        self._known = set[str]()

    def run(self, rules: bytes, document: bytes) -> tuple[Broken, ...]:
        """The rules of a .sch file that a document breaks; it is UTF-8 with no DTD.

        Raises:
            NoVerdict: the rules gave none; the next document gets a new process where
                this one is gone.
        """
        key = hashlib.sha256(rules).hexdigest()
        with self._lock:
            try:
                answer = self._asked(key, rules, document)
            except (EOFError, OSError) as problem:
                self._end()
                raise Ended("the process that runs the rules ended") from problem
            if answer[:1] != b"=":
                self._known.discard(key)
                raise NoVerdict(answer[1:].decode("utf-8", errors="replace"))
            self._known.add(key)
        return tuple(broken_in(answer[1:].decode("utf-8")))

    def _asked(self, key: str, rules: bytes, document: bytes) -> bytes:
        pipe = self._pipe or self._started()
        new = key not in self._known
        pipe.send_bytes(json.dumps({"key": key, "rules": new}).encode())
        for data in (rules, document) if new else (document,):
            pipe.send_bytes(data)
        if not pipe.poll(self._limit):
            self._end()
            raise NoVerdict(f"the rules took longer than {self._limit:g} s")
        return pipe.recv_bytes()

    def _started(self) -> Connection:
        ours, its = socket.socketpair()
        command = (sys.executable, "-m", "gateway.verify.worker", str(its.fileno()))
        with its:
            self._process = subprocess.Popen(  # noqa: S603  our own module
                command,
                pass_fds=(its.fileno(),),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        self._pipe = Connection(ours.detach())
        return self._pipe

    def close(self) -> None:
        """End the process; the next document would start another."""
        with self._lock:
            self._end()

    def _end(self) -> None:
        self._known.clear()
        if self._pipe is not None:
            self._pipe.close()
            self._pipe = None
        if self._process is not None:
            self._process.kill()
            self._process.wait(_END_S)
            self._process = None

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
