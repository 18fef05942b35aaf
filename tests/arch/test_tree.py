"""The tree holds nothing of one machine, and no index or registry."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

MACHINE_PATH = re.compile(r"(?<![\w./-])/(?:work|root|farm|home/\w+)/")
INDEX = re.compile(
    r"(?:extra-)?index[-_]url|trusted-host|^\s*--find-links|registry\s*=\s*\S*https?:|"
    r"^deb(?:-src)?\s+https?:|https?://\S+/simple\b|@ https?://",
    re.MULTILINE | re.IGNORECASE,
)
MARKER = re.compile(r"\b(?:TO" r"DO|FIX" r"ME)\b")


def texts() -> dict[str, str]:
    """Every text file that git has, or would take."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    paths = {name: ROOT / name for name in listed.split("\0") if name}
    return {
        name: path.read_text(encoding="utf-8", errors="replace")
        for name, path in paths.items()
        if path.is_file() and Path(__file__) != path
    }


@pytest.fixture(scope="module")
def tree() -> dict[str, str]:
    return texts()


def test_no_path_of_one_machine(tree: dict[str, str]):
    assert [name for name, text in tree.items() if MACHINE_PATH.search(text)] == []


def test_no_index_or_registry_is_named(tree: dict[str, str]):
    assert [name for name, text in tree.items() if INDEX.search(text)] == []


def test_no_marker_of_unfinished_work(tree: dict[str, str]):
    code = {name: text for name, text in tree.items() if name.endswith(".py")}
    assert [name for name, text in code.items() if MARKER.search(text)] == []
