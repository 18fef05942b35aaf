"""The arrows between the rooms hold, and the contracts that guard them bite."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).parents[2]
LINT = Path(sys.executable).with_name("lint-imports")


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [LINT, "--no-cache", "--config", "pyproject.toml"],
        cwd=folder,
        env={"PYTHONPATH": str(folder), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The package beside its settings, to be spoiled."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copytree(
        ROOT / "gateway", tmp_path / "gateway", ignore=shutil.ignore_patterns("*.txt")
    )
    return tmp_path


def test_the_arrows_are_kept():
    answer = lint(ROOT)
    assert answer.returncode == 0, answer.stdout


@pytest.mark.parametrize(
    ("room", "planted", "contract"),
    [
        ("catalog", "import gateway.pipeline", "Rooms: arrows point down only"),
        ("web", "import gateway.jobs", "Rooms: arrows point down only"),
        ("parlour", "import gateway.order", "Rooms: arrows point down only"),
        ("order", "import socket", "The core does no I/O"),
        ("mappers", "import http.client", "The core does no I/O"),
        ("engine", "import sqlalchemy", "SQLAlchemy stays in the store"),
        ("jobs", "import fastapi", "FastAPI stays in the web room"),
        ("web", "import apscheduler", "APScheduler stays in the jobs room"),
        ("mappers", "import lxml.etree", "lxml is met where XML is read and judged"),
        ("edi", "import pyx12", "pyx12 is the command line's second opinion"),
    ],
)
def test_a_planted_import_breaks_its_contract(
    copy: Path, room: str, planted: str, contract: str
):
    folder = copy / "gateway" / room
    folder.mkdir(exist_ok=True)
    (folder / "__init__.py").touch()
    (folder / "planted.py").write_text(f'"""A fault."""\n\n{planted}\n')
    answer = lint(copy)
    assert answer.returncode == 1
    assert f"{contract} BROKEN" in answer.stdout


def test_a_planted_circle_breaks_its_contract(copy: Path):
    room = copy / "gateway" / "order"
    (room / "hen.py").write_text('"""A fault."""\n\nimport gateway.order.egg\n')
    (room / "egg.py").write_text('"""A fault."""\n\nimport gateway.order.hen\n')
    answer = lint(copy)
    assert "No cycles among siblings BROKEN" in answer.stdout


def test_message_folders_do_not_import_each_other():
    graph = grimp.build_graph("gateway", cache_dir=None)
    shared = {"gateway.mappers.parts", "gateway.mappers.partners"}
    folders = {
        folder
        for folder in graph.find_children("gateway.mappers")
        if graph.find_children(folder) and folder not in shared
    }
    crossings = {
        (importer, imported)
        for importer in folders
        for imported in folders - {importer}
        if graph.find_shortest_chain(importer, imported, as_packages=True)
    }
    assert crossings == set()
