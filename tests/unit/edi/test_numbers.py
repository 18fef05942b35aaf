"""Control numbers."""

import pytest

from gateway.edi.numbers import following


@pytest.mark.parametrize(("last", "number"), [(0, 1), (1, 2), (999_999_999, 1)])
def test_numbers_run_to_nine_digits_and_begin_again_with_one(last, number):
    assert following(last) == number
