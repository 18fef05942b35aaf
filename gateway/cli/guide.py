"""``guide``: a partner's guide as a page, and a guide learned from samples."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer

from gateway import bootstrap
from gateway.cli import opened, say
from gateway.edi.plan import MessagePlan, plan
from gateway.findings import Finding
from gateway.findings.language import DOMAIN, LANGUAGES, read_po
from gateway.mappers import READERS
from gateway.partner import Directory, Profile
from gateway.partner.load import load
from gateway.pipeline.guide_doc import guide_page
from gateway.pipeline.guide_learn import learn
from gateway.pipeline.guide_samples import Sample, survey
from gateway.pipeline.guide_words import FRENCH
from gateway.pipeline.guide_yaml import as_yaml
from gateway.pipeline.page import as_html, as_markdown
from gateway.pipeline.rules import Rules

_LARGEST = 32 * 1024 * 1024
"""A sample larger than this is no sample."""


def guide_doc(
    profile: Annotated[
        str, typer.Argument(help="A profile.yaml, its folder, or a partner's id.")
    ],
    message: Annotated[str, typer.Option(help="The message type.")] = "x12_850",
    lang: Annotated[str, typer.Option(help="en or fr.")] = "en",
    html: Annotated[
        bool, typer.Option("--html", help="HTML instead of Markdown.")
    ] = False,
    everything: Annotated[
        bool, typer.Option("--all", help="Tell every segment in detail.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option(help="Write it there instead of showing it.")
    ] = None,
) -> None:
    """Write a partner's guide as a page for people, segment by segment.

    The page has the rules with their reasons, the codes that remain, examples of the
    partner's samples, the acknowledgements and what the policy decides.
    """
    chosen, folder = _profile(profile)
    laid = _plan(chosen, message, _version(chosen, message))
    page = guide_page(
        chosen,
        laid,
        message=message,
        joined=(*chosen.guide.relate, *chosen.guide.pairs),
        samples=_samples(_good(folder)),
        everything=everything,
        say=_words(lang),
    )
    text = as_html(page, lang=lang) if html else as_markdown(page)
    _write(text, out)


def guide_learn(
    samples: Annotated[
        list[Path], typer.Argument(help="Interchanges of one partner, or folders.")
    ],
    partner: Annotated[
        str | None,
        typer.Option(help="Propose beside this partner's guide, or name a new one."),
    ] = None,
    message: Annotated[str, typer.Option(help="The message type.")] = "x12_850",
    out: Annotated[
        Path | None, typer.Option(help="Write it there instead of showing it.")
    ] = None,
) -> None:
    """Propose a partner's guide from sample interchanges, as a profile in YAML.

    Each rule says on how many files it rests. What breaks the standard is proposed
    when it was seen once; what is always there, or the only codes, when five files
    agree.
    """
    seen, left_out = survey(_samples(_files(samples)), message)
    if not seen:
        say.failed("no sample can be learned from: " + "; ".join(left_out))
    known = {p.id: p for p in _known()}.get(partner or "")
    laid = _plan(known, message, seen[0].group.version)
    learned = learn(seen, laid, message=message, left_out=left_out, profile=known)
    assert learned is not None
    text = as_yaml(learned, partner or "", message=message, profile=known)
    if faults := _faults(text):
        say.refused(faults)
    _write(text, out)


def _faults(text: str) -> tuple[Finding, ...]:
    """What ``profile check`` would say of the proposal."""
    profile = load(text, "proposal")
    if not isinstance(profile, Profile):
        return profile
    return _rules(profile).guide_findings(profile)


def _rules(profile: Profile) -> Rules:
    return Rules(bootstrap.tables(), Directory.of([profile]))


def _profile(name: str) -> tuple[Profile, Path]:
    """A profile by its file, its folder or its id, and the folder of its samples."""
    path = Path(name)
    file = path / "profile.yaml" if path.is_dir() else path
    if file.is_file():
        profile = bootstrap.load_profile(file, str(file))
        if not isinstance(profile, Profile):
            say.refused(profile)
        return profile, file.parent / "samples"
    known = {p.id: p for p in _known()}
    if name not in known:
        there = ", ".join(sorted(known)) or "none"
        say.failed(f"{name!r} is no profile and no partner; there is: {there}")
    home = opened.settings().home / "partner_profiles" / name
    folder = home if home.is_dir() else Path(str(bootstrap.starter("partner_profiles")))
    return known[name], (folder if home.is_dir() else folder / name) / "samples"


def _known() -> tuple[Profile, ...]:
    """The profiles in force, or the starters where no gateway was made yet."""
    at = opened.settings()
    if not opened.is_there(at):
        return bootstrap.starter_profiles()
    with opened.gateway(at) as gateway:
        return gateway.profiles


def _version(profile: Profile, message: str) -> str:
    """The version that a profile has of a message type, received or sent."""
    versions = {sends.message: sends.version for sends in profile.sends}
    versions |= {receives.message: receives.version for receives in profile.receives}
    if message in versions:
        return versions[message]
    every = ", ".join(sorted(versions)) or "nothing"
    say.failed(f"{profile.id} has no {message}; it has: {every}")


def _plan(profile: Profile | None, message: str, version: str) -> MessagePlan:
    schema = bootstrap.tables().schema(version[:6], message[-3:])
    if schema is None or not message.startswith("x12_"):
        say.failed(f"there is no table for {message} {version}")
    reader = READERS.get(message)
    reads = reader.reads if reader else None
    return plan(
        schema, profile.guide if profile else None, message=message, reads=reads
    )


def _good(folder: Path) -> list[Path]:
    """A partner's samples, those that are named good first."""
    every = sorted(folder.glob("*.edi"))
    return sorted(every, key=lambda file: not file.name.startswith("good"))


def _files(named: Iterable[Path]) -> list[Path]:
    """The files that were named, those of folders in order."""
    out: list[Path] = []
    for path in named:
        out += (
            sorted(p for p in path.iterdir() if p.is_file())
            if path.is_dir()
            else [path]
        )
    return out


def _samples(paths: Iterable[Path]) -> list[Sample]:
    out = []
    for path in paths:
        try:
            if path.stat().st_size > _LARGEST:
                say.failed(f"{path}: too large for a sample")
            out.append(Sample(name=path.name, data=path.read_bytes()))
        except OSError as problem:
            say.failed(f"{path}: {problem.strerror or problem}")
    return out


def _words(lang: str) -> Callable[[str], str]:
    """What turns our English words into a language."""
    if lang not in LANGUAGES:
        say.failed(f"--lang is {' or '.join(LANGUAGES)}, not {lang!r}")
    if lang == "en":
        return str
    own = dict(_texts(lang)) | dict(FRENCH)
    return lambda text: own.get(text, text)


def _texts(lang: str) -> Mapping[str, str]:
    """The package's translations; none where the file is not there."""
    po = files("gateway") / "locale" / lang / "LC_MESSAGES" / f"{DOMAIN}.po"
    if not po.is_file():
        return {}
    texts = read_po(po.read_text("utf-8"), po.name)
    return texts if isinstance(texts, Mapping) else {}


def _write(text: str, out: Path | None) -> None:
    if out is None:
        typer.echo(text, nl=False)
        return
    try:
        out.write_text(text, "utf-8")
    except OSError as problem:
        say.failed(f"{out}: {problem.strerror or problem}")
