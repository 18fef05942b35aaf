"""Shapes come from type hints, and a hint without a JSON form is our bug."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from gateway.order.shape import record


@dataclass(frozen=True)
class _Floating:
    amount: float


def test_a_float_has_no_form():
    with pytest.raises(TypeError):
        record(_Floating)
