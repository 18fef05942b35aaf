"""What several files of the engine's tests are given."""

from tests.unit.engine.buying import buying
from tests.unit.engine.starter_house import house

__all__ = ["buying", "house"]
