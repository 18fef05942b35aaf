"""The log: events on the standard error stream, without payloads or secrets."""

from __future__ import annotations

import json
import logging
import re
import sys
import threading
from collections.abc import MutableMapping
from contextlib import suppress
from functools import lru_cache
from types import TracebackType
from typing import Any, TextIO, cast

import structlog

from gateway.engine.running import trail

Event = MutableMapping[str, Any]

_LONGEST = 300
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
    out = stream or sys.stderr
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            without_secrets,
            structlog.processors.JSONRenderer(_as_json) if for_machines else for_people,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(cast(TextIO, _Patient(out))),
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
    """A stream that may refuse to be written to: a full disk ends no work."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write it if that can be done."""
        with suppress(OSError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Flush it if that can be done."""
        with suppress(OSError):
            self._stream.flush()
