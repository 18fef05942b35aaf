"""Two hundred mebibytes through CMS in the memory of one piece."""

from __future__ import annotations

import pytest

from tests.interop.test_cms_memory import KINDS, told

pytestmark = pytest.mark.soak

SIZE = 200 * 1024 * 1024
MOST_BYTES = 64 * 1024 * 1024


@pytest.mark.parametrize("kind", KINDS)
def test_two_hundred_mebibytes_need_no_more_memory_than_a_piece(kind: str):
    done = told(kind, SIZE)

    assert done["same"]
    assert done["grown"] < MOST_BYTES
