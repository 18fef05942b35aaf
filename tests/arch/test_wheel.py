"""What pip installs is complete: package, tables, migrations, starters, samples."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MADE = {"__pycache__"}


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The names inside a wheel built from the checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (wheel,) = folder.glob("procurement_gateway-*.whl")
    return set(zipfile.ZipFile(wheel).namelist())


def files(folder: str) -> set[str]:
    """The files of a folder of the checkout, by their path from the root."""
    return {
        str(path.relative_to(ROOT))
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and not MADE.intersection(path.parts)
    }


def test_the_whole_package_is_packed(packed: set[str]):
    assert files("gateway") - packed == set()


@pytest.mark.parametrize("folder", ["partner_profiles", "samples"])
def test_the_starters_are_packed(packed: set[str], folder: str):
    names = files(folder)
    assert names
    assert {f"gateway/_starter/{name}" for name in names} - packed == set()


def test_nothing_else_is_packed(packed: set[str]):
    roots = {name.split("/")[0].split("-")[0] for name in packed}
    assert roots == {"gateway", "procurement_gateway"}
