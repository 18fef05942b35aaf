"""What is rewritten before pytest's processes start is what they look for."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.rewritten import rewrite


def test_a_module_is_rewritten_once_and_kept_for_pytest(
    pytestconfig: pytest.Config, tmp_path: Path
):
    file = tmp_path / "test_told.py"
    file.write_text("def test_it():\n    assert 1 == 1\n")

    done = [rewrite(pytestconfig, file), rewrite(pytestconfig, file)]

    kept = [one.name for one in (tmp_path / "__pycache__").iterdir()]
    assert done == [True, False]
    assert len(kept) == 1
    assert kept[0].endswith(f"-pytest-{pytest.__version__}.pyc")


def test_what_cannot_be_rewritten_is_left_to_pytest(
    pytestconfig: pytest.Config, tmp_path: Path
):
    file = tmp_path / "test_told.py"
    file.write_text("def test_it(:\n")

    assert not rewrite(pytestconfig, file)
