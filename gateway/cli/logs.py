"""The log: events on the standard error stream, without payloads or secrets."""

from __future__ import annotations

import json
import logging
import re
import select
import sys
import threading
from collections.abc import Callable, MutableMapping
from contextlib import suppress
from functools import lru_cache
from types import TracebackType
from typing import Any, TextIO, cast

import structlog

from gateway.engine.running import trail

Event = MutableMapping[str, Any]

_LONGEST = 300
_UNREAD_MS = 1000
_PIECE = 1000
"""Letters, of four bytes at most: Linux takes 4096 bytes whole where it takes any."""
_HIDDEN = "***"
_SECRET_NAME = re.compile(
    r"pass(word|phrase)?|secret|token|authorization|credential|cookie|(^|_)(api_?)?key$",
    re.IGNORECASE,
)
_SECRET_TEXT = re.compile(
    r"(?P<url>://)[^/@\s]*@"  # a name and a password in an address
    r"|(?P<hook>whsec_)\S+"
    r"|(?P<bearer>Bearer\s+)\S+",
    re.IGNORECASE,
)
_HINTS = ("://", "whsec_", "bearer")
"""One of them stands in every secret text; few texts have one, and each is asked."""
_NUMBERS = (bool, int, float)
_ENCODER = json.JSONEncoder(default=str)


def configure(*, for_machines: bool, stream: TextIO | None = None) -> None:
    """Log to ``stream``: JSON lines for machines, else lines for people.

    Whatever other libraries log comes out in the same form, without their values.
    """
    form = structlog.processors.JSONRenderer(_as_json) if for_machines else for_people
    out = _Patient(stream or sys.stderr, form)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            without_secrets,
            form,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(cast(TextIO, out)),
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    for handler in root.handlers[:]:
        if isinstance(handler, _OfOthers):
            root.removeHandler(handler)
    root.addHandler(_OfOthers(logging.WARNING))
    logging.captureWarnings(True)
    sys.excepthook = _on_bug
    threading.excepthook = _on_bug_in_thread


def only_errors() -> None:
    """Say nothing of what goes well, where a command tells it itself."""
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR)
    )


def without_secrets(_logger: object, _method: str, event: Event) -> Event:
    """An event whose exception is only a place, and whose secrets are covered."""
    problem = _problem(event.pop("exc_info", None))
    event.pop("stack_info", None)
    if problem is not None:
        event.update(trail(problem))
    for name, value in event.items():
        event[name] = _covered(name, value)
    return event


def for_people(_logger: object, _method: str, event: Event) -> str:
    """An event as one line: the time, the level, what happened and with what."""
    at = str(event.pop("timestamp", ""))[11:19]
    level = str(event.pop("level", ""))
    what = str(event.pop("event", ""))
    rest = " ".join(f"{name}={_shown(value)}" for name, value in event.items())
    return f"{at} {level:7} {what:24} {rest}".rstrip()


def _shown(value: object) -> str:
    text = str(value)
    return text if text.isprintable() and " " not in text and text else repr(text)


def _problem(told: object) -> Exception | None:
    """The exception of ``exc_info``, in any of its forms."""
    if told is True:
        told = sys.exc_info()[1]
    elif isinstance(told, tuple):
        told = told[1]
    return told if isinstance(told, Exception) else None


def _as_json(event: Event, **_: object) -> str:
    """An event as JSON. All that stands in it are texts and numbers by now."""
    return _ENCODER.encode(event)


def _covered(name: str, value: object) -> object:
    if value is None or isinstance(value, _NUMBERS):
        return value
    if _is_secret(name):
        return _HIDDEN
    if isinstance(value, bytes | bytearray | memoryview):
        return f"{len(value)} bytes"
    text = str(value)
    lower = text.lower()
    if any(hint in lower for hint in _HINTS):
        text = _SECRET_TEXT.sub(_hide, text)
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "..."


@lru_cache(maxsize=1000)
def _is_secret(name: str) -> bool:
    return _SECRET_NAME.search(name) is not None


def _hide(found: re.Match[str]) -> str:
    """What tells the kind stays, the secret goes."""
    kept = next(filter(None, found.groups()), "")
    return f"{kept}{_HIDDEN}{'@' if found['url'] else ''}"


class _OfOthers(logging.Handler):
    """Takes what libraries log: their words, but not the values they put in."""

    def emit(self, record: logging.LogRecord) -> None:
        """Log it as an event."""
        words = str(record.msg).strip()
        problem = _problem(record.exc_info)
        where = trail(problem) if problem is not None else {}
        log = structlog.get_logger()
        level = "error" if record.levelno >= logging.ERROR else "warning"
        getattr(log, level)("library", logger=record.name, words=words, **where)


def _on_bug(
    kind: type[BaseException], bug: BaseException, _trace: TracebackType | None
) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    where = trail(bug) if isinstance(bug, Exception) else {"problem": kind.__name__}
    structlog.get_logger().error("bug", **where)


def _on_bug_in_thread(args: threading.ExceptHookArgs) -> None:
    if args.exc_value is not None and args.exc_type is not SystemExit:
        _on_bug(args.exc_type, args.exc_value, args.exc_traceback)


class _Patient:
    """A stream that may refuse to be written to: a full disk ends no work.

    Nor does a pipe that nobody reads halt it: what it does not take within a second is
    lost, and so is all that follows until it takes something again. Then a line says
    how many were.
    """

    def __init__(self, stream: TextIO, form: Callable[..., Any]) -> None:
        self._stream = stream
        self._form = form
        self._lost = 0
        self._bell, self._has_bell = select.poll(), False
        with suppress(OSError, ValueError):  # a stream of a test has no number
            self._bell.register(stream.fileno(), select.POLLOUT)
            self._has_bell = True

    def write(self, text: str) -> int:
        """Write it if that can be done."""
        lost = self._told() if self._lost else ""
        for start in range(0, len(lost + text), _PIECE):
            if not self._takes():
                self._lost += 1
                return len(text)
            with suppress(OSError):
                self._stream.write((lost + text)[start : start + _PIECE])
                self._stream.flush()
        self._lost = 0
        return len(text)

    def _takes(self) -> bool:
        """Whether a piece can be written without waiting."""
        wait_ms = 0 if self._lost else _UNREAD_MS
        return not self._has_bell or bool(self._bell.poll(wait_ms))

    def _told(self) -> str:
        event: Event = {"event": "log.lost", "lines": self._lost, "level": "error"}
        stamped = structlog.processors.TimeStamper(fmt="iso", utc=True)(
            None, "error", event
        )
        return f"{self._form(None, 'error', stamped)}\n"

    def flush(self) -> None:
        """Flush it if that can be done."""
        with suppress(OSError):
            self._stream.flush()
