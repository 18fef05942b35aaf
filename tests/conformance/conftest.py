"""After each test of the 997, pyx12 is asked about every answer it had written."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.unit.edi import parts


@pytest.fixture(scope="session")
def _maps(tmp_path_factory: pytest.TempPathFactory):
    from tests.conformance.second import SecondOpinion  # noqa: PLC0415  only if asked

    return SecondOpinion(tmp_path_factory.mktemp("pyx12"))


@pytest.fixture(autouse=True)
def _second_opinion(request: pytest.FixtureRequest) -> Iterator[None]:
    if request.path.name not in ("test_997_codes.py", "test_997_rules.py"):
        yield
        return
    second = request.getfixturevalue("_maps")
    parts.ANSWERS.clear()
    yield
    assert second.refused(parts.ANSWERS) == []
