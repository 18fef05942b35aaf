"""Databases that are opened one after the other compile their statements once.

A gateway compiles a statement when it needs it first, and keeps it for as long as it
runs. Tests open thousands of databases, and compiled a fifth of their time: so what
one had compiled is taken over by the next that is opened like it, after it was closed.
No two that are open share anything.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event

from gateway.store import postgresql, sqlite

_At = tuple[str, object, object]
_at_rest: defaultdict[_At, list[tuple[sa.Dialect, Any]]] = defaultdict(list)
"""Dialects of closed databases with what was compiled for them, by what they are of."""


def _taking_over(make: Callable[..., sa.Engine]) -> Callable[..., sa.Engine]:
    def engine(*words: Any, **options: Any) -> sa.Engine:
        made = make(*words, **options)
        kind = (made.name, made.dialect.dbapi, type(made.pool))
        if _at_rest[kind]:
            made.dialect, made._compiled_cache = _at_rest[kind].pop()

        def rest(_closed: sa.Engine) -> None:
            if made.dialect.server_version_info is not None:  # it was connected
                _at_rest[kind].append((made.dialect, made._compiled_cache))

        event.listen(made, "engine_disposed", rest, once=True)
        return made

    return engine


def take_over() -> None:
    """Have every database of this process take over from those before it."""
    sqlite._engine = _taking_over(sqlite._engine)
    postgresql.engine = _taking_over(postgresql.engine)


def pytest_configure() -> None:
    """Every database of a test process does."""
    take_over()
