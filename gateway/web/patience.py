"""Connections that ask for nothing are ended, and too many of them told of once."""

from __future__ import annotations

import asyncio
import errno
import time
from collections.abc import Callable, Collection
from typing import Any

import structlog

from gateway.web.quick import QuickLine

log = structlog.get_logger()
HEAD_S = 30.0
"""Seconds for the head of a request, from the connection or its first byte on."""
LOOK_S = 5.0
TOLD_EVERY_S = 60.0
_FULL = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})


async def hang_up(connections: Collection[object]) -> None:
    """End those on which no request comes, as long as the server runs.

    All are looked at together every few seconds, so a request costs nothing by it.
    """
    while True:
        await asyncio.sleep(LOOK_S)
        for one in list(connections):
            if isinstance(one, QuickLine):
                one.silent_looks = one.silent_looks + 1 if one.is_silent() else 0
                if one.silent_looks * LOOK_S > HEAD_S:
                    one.transport.close()


def telling_once(
    connections: Collection[object],
) -> Callable[[asyncio.AbstractEventLoop, dict[str, Any]], None]:
    """What the loop calls for trouble: of no room for a connection it tells seldom.

    The loop itself tells of each connection that waits, thousands a second.
    """
    told_s = float("-inf")

    def tell(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        nonlocal told_s
        problem = context.get("exception")
        if not isinstance(problem, OSError) or problem.errno not in _FULL:
            loop.default_exception_handler(context)
        elif time.monotonic() >= told_s + TOLD_EVERY_S:
            told_s = time.monotonic()
            why = errno.errorcode[problem.errno]
            log.error("serve.full", connections=len(connections), why=why)

    return tell
