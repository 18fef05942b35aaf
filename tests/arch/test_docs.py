"""What a person can meet stands in docs/: codes, settings, routes, commands, keys."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel
from typer.main import get_command

from gateway.cli import app
from gateway.config import Settings
from gateway.findings.codes import CODES
from gateway.partner.profile import Profile
from gateway.web.app import create_app
from tools.write_docs import PAGES, stale

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#]+)")
ANCHOR = re.compile(r"\]\((?!https?:|mailto:)([^)#]*)#([^)]+)\)")


def code_words(page: str) -> set[str]:
    """What stands between backticks on a page."""
    return set(re.findall(r"`([^`]+)`", (DOCS / page).read_text(encoding="utf-8")))


def commands(path: str, command: Any) -> Iterator[str]:
    """The words that call each command that does something."""
    if not hasattr(command, "commands"):
        yield path
        return
    for name, below in command.commands.items():
        if not below.hidden:
            yield from commands(f"{path} {name}", below)


def anchors(page: Path) -> set[str]:
    """What a link to a place on a page may name: its headings, and ids set by hand."""
    text = page.read_text(encoding="utf-8")
    headings = re.findall(r"(?m)^#+ (.*)$", text)
    said = {re.sub(r"[^\w\- ]", "", one.lower()).replace(" ", "-") for one in headings}
    return said | set(re.findall(r'<a id="([^"]+)"', text))


def models(model: type[BaseModel]) -> set[type[BaseModel]]:
    """A model and all models inside it."""
    found = {model}
    for field in model.model_fields.values():
        for part in _types(field.annotation):
            if part not in found:
                found |= models(part)
    return found


def _types(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in getattr(annotation, "__args__", ()):
        yield from _types(inner)


@pytest.mark.parametrize("page", PAGES)
def test_a_generated_page_is_fresh(page: str):
    assert not stale(page), f"docs/{page} is stale; run: make docs"


def test_every_code_has_its_place():
    page = (DOCS / "errors.md").read_text(encoding="utf-8")
    missing = {
        code for code in CODES if f'<a id="{code.lower()}"></a>{code}' not in page
    }
    assert missing == set()


def test_every_setting_is_told():
    prefix = str(Settings.model_config["env_prefix"])
    names = {(prefix + name).upper() for name in Settings.model_fields}
    assert names - code_words("settings.md") == set()


def test_every_setting_has_a_meaning():
    assert {
        n for n, field in Settings.model_fields.items() if not field.description
    } == set()


def test_every_route_is_told():
    paths = set(create_app().openapi()["paths"])
    assert paths - code_words("http.md") == set()


def test_every_command_is_told():
    page = (DOCS / "commands.md").read_text(encoding="utf-8")
    known = set(commands("gateway", get_command(app)))
    assert {path for path in known if f"## {path}\n" not in page} == set()


CALL = re.compile(r"(?:^|`)gateway((?: [a-z0-9-]+)+)([^`#\n]*)", re.MULTILINE)
FENCE = "```"
OPTION = re.compile(r"(?<!\S)--[a-z0-9-]+")


def calls(page: Path) -> Iterator[re.Match[str]]:
    """Calls of the command line: in blocks, and between backticks of the text."""
    parts = page.read_text(encoding="utf-8").split(FENCE)
    for n, part in enumerate(parts):
        found = CALL.finditer(part)
        yield from (one for one in found if n % 2 or one[0].startswith("`"))


@pytest.mark.parametrize("page", sorted(DOCS.glob("*.md")), ids=lambda page: page.stem)
def test_every_call_on_a_page_can_be_made(page: Path):
    wrong = [
        call[0]
        for call in calls(page)
        if not _can_be_called(call[1].split(), set(OPTION.findall(call[2])))
    ]
    assert wrong == []


def _can_be_called(words: list[str], options: set[str]) -> bool:
    """Whether the command is there, and has these options."""
    found: Any = get_command(app)
    for word in words:
        if not hasattr(found, "commands"):
            break  # an argument
        if word not in found.commands:
            return False
        found = found.commands[word]
    known = {name for one in found.params for name in (*one.opts, *one.secondary_opts)}
    return options <= {*known, "--help"}


def test_every_profile_key_is_told():
    keys = {
        field.alias or name
        for model in models(Profile)
        for name, field in model.model_fields.items()
    }
    assert keys - code_words("profile.md") == set()


@pytest.mark.parametrize(
    "page",
    [*sorted(ROOT.glob("*.md")), *sorted(DOCS.rglob("*.md"))],
    ids=lambda page: str(page.relative_to(ROOT)),
)
def test_every_link_leads_somewhere(page: Path):
    targets = LINK.findall(page.read_text(encoding="utf-8"))
    assert [one for one in targets if not (page.parent / one).exists()] == []
    places = ANCHOR.findall(page.read_text(encoding="utf-8"))
    there = {one: anchors(page.parent / one if one else page) for one, _ in places}
    assert [one for one in places if one[1] not in there[one[0]]] == []


def test_every_test_that_conformance_names_is_there():
    page = (DOCS / "conformance.md").read_text(encoding="utf-8")
    named = re.findall(r"`(\w+)::(\w+)`", page)
    there = {
        (file.stem.removeprefix("test_"), name)
        for file in (ROOT / "tests").glob("**/test_*.py")
        for name in re.findall(r"(?m)^def test_(\w+)", file.read_text("utf-8"))
    }
    assert named
    assert sorted(set(named) - there) == []


def test_every_case_that_conformance_names_is_there():
    page = (DOCS / "conformance.md").read_text(encoding="utf-8")
    named = re.findall(r"`(x12_[0-9]{3}/[a-z0-9-]+)`", page)
    golden = ROOT / "tests" / "golden"
    assert named
    assert [one for one in named if not (golden / one / "case.yaml").exists()] == []


def test_every_trap_of_signed_documents_has_what_proves_it():
    page = (DOCS / "conformance.md").read_text(encoding="utf-8")
    section = page.split("## Traps and attacks of signed documents")[1].split("\n## ")[
        0
    ]
    rows = re.findall(r"(?m)^\| (.+) \| (.+) \|$", section)
    bare = [what for what, proof in rows if not re.search(r"`\w+::", proof)]
    assert bare == ["trap or attack", "---"]


def test_every_row_of_changes_ship_notices_and_clocks_has_what_proves_it():
    page = (DOCS / "conformance.md").read_text(encoding="utf-8")
    section = page.split("## Changes, ship notices, SLA")[1].split("\n## ")[0]
    rows = re.findall(r"(?m)^\| (.+) \| (.+) \|$", section)
    bare = [what for what, proof in rows if not re.search(r"`\w+(::|/)", proof)]
    heads = {"rule", "field or rule", "clock or rule", "what", "---"}
    assert len(rows) > 50
    assert set(bare) == heads
