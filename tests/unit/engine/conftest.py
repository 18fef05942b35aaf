"""What several files of the engine's tests are given."""

from tests.unit.engine.starter_house import house

__all__ = ["house"]
