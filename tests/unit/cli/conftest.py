"""Commands run in the process of the tests: what they set for it is taken back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import structlog


@pytest.fixture(autouse=True)
def logs_as_before() -> Iterator[None]:
    """A command says how much is logged, for the rest of the process."""
    yield
    structlog.reset_defaults()
