"""Commands run in the process of the tests: what they set for it is taken back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from typer.testing import CliRunner

from gateway.cli import app
from tests.starters import to_come


@pytest.fixture(autouse=True)
def logs_as_before() -> Iterator[None]:
    """A command says how much is logged, for the rest of the process."""
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home as ``init --starters`` leaves it, made once: a test takes a copy."""
    home = tmp_path_factory.mktemp("begun") / "home"
    _run(home, ["init", "--starters"])
    return home


@pytest.fixture(scope="session")
def answered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same after one order, for copies too."""
    folder = tmp_path_factory.mktemp("answered")
    home, sample = folder / "home", folder / "good-small.edi"
    sample.write_text(to_come("good-small.edi"))
    _run(home, ["init", "--starters"], ["receive", str(sample)], ["work", "--once"])
    return home


def _run(home: Path, *commands: list[str]) -> None:
    """What these commands leave in a home, with nothing else set."""
    with pytest.MonkeyPatch.context() as here:
        here.setenv("GATEWAY_HOME", str(home))
        here.setenv("GATEWAY_STABLE_FOR_S", "0")
        here.delenv("GATEWAY_PAYLOAD_KEY", raising=False)
        for command in commands:
            done = CliRunner().invoke(app, command)
            assert done.exit_code == 0, done.output
