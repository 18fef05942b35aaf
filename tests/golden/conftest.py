"""Golden cases: what a transmission leads to, byte for byte.

A case is a folder below the message type that it is about. ``case.yaml`` names what
goes in; the expected files lie beside it: ``order.json``, ``997.edi``, ``855.edi`` and
``effects.txt``. ``pytest tests/golden --rewrite-golden`` writes them anew.
"""

from __future__ import annotations

import pytest

from tests.golden.case import FOLDERS


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--rewrite-golden",
        action="store_true",
        help="write the expected files of the golden cases anew",
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "folder" in metafunc.fixturenames:
        names = [f"{case.parent.name}/{case.name}" for case in FOLDERS]
        # the tests of one case together, so that it runs once for all of them
        metafunc.parametrize("folder", FOLDERS, ids=names, scope="module")


@pytest.fixture
def rewrite(request: pytest.FixtureRequest) -> bool:
    """Whether the expected files are written instead of compared."""
    return bool(request.config.getoption("--rewrite-golden", default=False))
