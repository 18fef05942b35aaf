"""``standard``: message tables of the package and of the user's own files."""

from __future__ import annotations

import codecs
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import Annotated

import typer

from gateway import bootstrap
from gateway.cli import opened, say, ubl
from gateway.edi.edifact.directories import Directories
from gateway.edi.importers import (
    GROUPS,
    Standard,
    differences,
    merged,
    read_biztalk_xsd,
    read_directory,
    read_plain,
    read_sef,
    write_tables,
)
from gateway.edi.importers.standard import LONGEST_CHARS
from gateway.edi.schema import (
    Composite,
    Element,
    ElementUse,
    Loop,
    MessageSchema,
    Segment,
    SegmentUse,
)
from gateway.edi.tables import Tables, read_tables

_CODES_SHOWN = 12
_DIRECTORY = re.compile(r"D[0-9]{2}[A-Z]")


def standard_import(
    file: Annotated[
        Path,
        typer.Argument(
            help="SEF, BizTalk XSD, a plain table; folder or ZIP of a UN directory;"
            " folder of UBL schemas and rules."
        ),
    ],
    version: Annotated[
        str,
        typer.Option(
            help="004010, where the file names another or none; release of UBL rules."
        ),
    ] = "",
    out: Annotated[
        Path | None, typer.Option(help="A folder other than the gateway's own.")
    ] = None,
    group: Annotated[
        list[str] | None, typer.Option(help="Group of a set, as 204=SM; repeatable.")
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Drop what was imported before.")
    ] = False,
    message: Annotated[
        list[str] | None,
        typer.Option(help="A message of a UN/EDIFACT directory; repeatable, else all."),
    ] = None,
) -> None:
    """Read a standards file that you hold and write our tables from it.

    They lie in the folder ``standards`` of the gateway's home and go before the
    tables of the package. A running gateway takes them up within seconds.
    Schemas and rules of UBL are laid where ``gateway ubl add`` lays them.
    """
    if ubl.is_published(file):
        ubl.add(file, version)
        return
    folder = out or opened.settings().home / "standards"
    if file.is_dir() or file.suffix.lower() == ".zip":
        read = _read_directory(file, version, message or ())
        texts = write_tables(read.tables)
    else:
        read = _read(file, version, {**GROUPS, **_groups(group or ())})
        texts = _merged(read, folder, replace=replace)
    (name,) = read.tables.versions
    _write(folder / name, texts)
    say.findings(read.notes)
    held = read.tables.by_version[name].schemas
    types = ", ".join(sorted(held.keys() - {"envelope"}))
    say.line(f"{name}: {types} from {file.name} in {folder / name}")


def _merged(read: Standard, folder: Path, *, replace: bool) -> Mapping[str, str]:
    """The texts of what was read, and of what was imported before and stays."""
    (name,) = read.tables.versions
    before = Tables({}) if replace else _tables(bootstrap.table_texts(folder, name))
    both = merged(before, read.tables)
    if not isinstance(both, Tables):
        say.refused(both)
    texts = write_tables(both)
    checked = read_tables(texts)
    if not isinstance(checked, Tables):
        say.refused(checked)
    return texts


def _read_directory(place: Path, version: str, messages: Iterable[str]) -> Standard:
    """A UN/EDIFACT directory; its folder in ours is then this import, and no other."""
    try:
        texts = dict(_files(place))
    except (OSError, zipfile.BadZipFile) as problem:
        say.failed(f"{place}: {problem}")
    wanted = [one.upper() for one in messages]
    read = read_directory(texts, place.name, version=version, messages=wanted)
    if not isinstance(read, Standard):
        say.refused(read)
    return read


def _files(place: Path) -> Iterator[tuple[str, str]]:
    """The texts of a folder or ZIP, and of the ZIPs in it, as the UN packs them."""
    if place.is_dir():
        for file in sorted(place.iterdir()):
            if file.is_file() and file.suffix.lower() == ".zip":
                yield from _files(file)
            elif file.is_file() and not file.name.startswith("."):
                yield file.name, _text(file)
        return
    yield from _packed(place.read_bytes())


def _packed(data: bytes, *, inner: bool = False) -> Iterator[tuple[str, str]]:
    with zipfile.ZipFile(BytesIO(data)) as packed:
        for one in packed.infolist():
            if one.file_size > 2 * LONGEST_CHARS:
                say.failed(f"{one.filename}: longer than {2 * LONGEST_CHARS} bytes")
            if one.is_dir():
                continue
            held = packed.read(one)
            if not one.filename.lower().endswith(".zip"):
                yield one.filename, _decoded(held)
            elif not inner:
                yield from _packed(held, inner=True)


def _groups(stated: Iterable[str]) -> dict[str, str]:
    """``204=SM`` for each set."""
    groups: dict[str, str] = {}
    for one in stated:
        type_, equals, group = one.partition("=")
        if not (type_ and equals and group):
            say.failed(f"--group is a set and its group, 204=SM, not {one!r}")
        groups[type_] = group
    return groups


def _read(file: Path, version: str, groups: Mapping[str, str]) -> Standard:
    """The file, by the reader that its first characters ask for."""
    text = _text(file)
    start = text[:200].lstrip("\ufeff \t\r\n")
    if start.startswith("<"):
        reader = read_biztalk_xsd
    elif start.startswith("."):
        reader = read_sef
    else:
        reader = read_plain
    read = reader(
        text,
        file.name,
        version=version,
        groups=groups,
        names=_names(bootstrap.tables()),
    )
    if not isinstance(read, Standard):
        say.refused(read)
    return read


def _names(tables: Tables) -> Mapping[str, str]:
    """What the segments and elements are called, by tag and number."""
    names: dict[str, str] = {}
    for held in tables.by_version.values():
        for tag, segment in held.segments.items():
            names[tag] = segment.name
            names |= _named(segment.uses)
    return names


def _named(uses: Iterable[ElementUse]) -> dict[str, str]:
    names = {use.element.number: use.element.name for use in uses}
    for use in uses:
        if isinstance(use.element, Composite):
            names |= _named(use.element.uses)
    return names


def _text(file: Path) -> str:
    """The file's characters: UTF-8, UTF-16 by its mark, else Latin-1."""
    try:
        if file.stat().st_size > 2 * LONGEST_CHARS:
            say.failed(f"{file}: longer than {2 * LONGEST_CHARS} bytes")
        data = file.read_bytes()
    except OSError as problem:
        say.failed(f"{file}: {problem.strerror or problem}")
    return _decoded(data)


def _decoded(data: bytes) -> str:
    wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        return data.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _tables(texts: Mapping[str, str]) -> Tables:
    """The tables of the texts; the end with what is wrong with them."""
    read = read_tables(texts)
    if not isinstance(read, Tables):
        say.refused(read)
    return read


def _write(folder: Path, texts: Mapping[str, str]) -> None:
    """The files of a version; those of sets that are gone are taken away."""
    names = {path.partition("/")[2]: text for path, text in texts.items()}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob("*.txt"):
            if old.name not in names:
                old.unlink()
        for name, text in names.items():
            (folder / name).write_text(text, "utf-8")
    except OSError as problem:
        say.failed(f"{folder}: {problem.strerror or problem}")


def standard_show(
    version: Annotated[str, typer.Argument(help="004010, D96A, or package:004010.")],
    type: Annotated[str, typer.Argument(help="850, ORDERS, or envelope.")],
    tag: Annotated[str | None, typer.Argument(help="A segment of it: PO1.")] = None,
) -> None:
    """Show a set as the gateway knows it: its segments, or one segment's elements.

    ``!`` is mandatory, then the most times; ``*`` is no limit.
    """
    schema = _schema(f"{version}/{type}")
    if tag is None:
        group = schema.functional_id or "-"
        say.line(f"{schema.type} {schema.name} ({schema.version}, group {group})")
        for line in _nodes(schema.nodes, "  "):
            say.line(line)
        return
    segment = schema.segments.get(tag.upper())
    if segment is None:
        say.failed(f"{schema.version}/{schema.type} has no segment {tag!r}")
    say.line(f"{segment.tag} {segment.name}")
    for line in _elements(segment, "  "):
        say.line(line)


def _schema(stated: str) -> MessageSchema:
    """``004010/850``; ``package:004010/850`` leaves the imported tables out."""
    where, _, place = stated.rpartition(":")
    version, slash, type_ = place.partition("/")
    if where not in ("", "package") or not slash:
        say.failed(f"a set is VERSION/TYPE or package:VERSION/TYPE, not {stated!r}")
    tables = _tables_of(version, package=bool(where))
    schema = tables.schema(version, type_)
    if schema is None:
        names = tables.versions if isinstance(tables, Tables) else tables.names
        known = ", ".join(f"{v}/{t}" for v in names for t in tables.types(v))
        say.failed(f"there is no table {place}; there are {known}")
    return schema


def _tables_of(version: str, *, package: bool) -> Tables | Directories:
    """The X12 tables, or the EDIFACT directories where the version is one."""
    home = opened.settings().home
    if _DIRECTORY.fullmatch(version):
        return bootstrap.edifact() if package else bootstrap.all_edifact(home)
    if package:
        return bootstrap.tables()
    return bootstrap.tables().with_sets_of(_tables(bootstrap.user_tables(home)))


def _nodes(nodes: Iterable[SegmentUse | Loop], indent: str) -> Iterator[str]:
    for node in nodes:
        often = f"{'!' if node.mandatory else ' '} {node.max or '*'}"
        if isinstance(node, Loop):
            yield f"{indent}loop {node.name} {often}"
            yield from _nodes(node.nodes, indent + "  ")
        else:
            yield f"{indent}{node.segment.tag:3} {often:9} {node.segment.name}"


def _elements(piece: Segment | Composite, indent: str) -> Iterator[str]:
    for position, use in enumerate(piece.uses, 1):
        yield f"{indent}{position:02d}{'!' if use.mandatory else ' '} {_element(use)}"
        if isinstance(use.element, Composite):
            yield from _elements(use.element, indent + "    ")
    if piece.conditions:
        yield f"{indent}{' '.join(map(str, piece.conditions))}"


def _element(use: ElementUse) -> str:
    one = use.element
    often = "" if use.repeat == 1 else f", up to {use.repeat or 'any number of'} times"
    if not isinstance(one, Element):
        return f"{one.number:5} {one.name}{often}"
    codes = sorted(one.codes)
    listed = f": {' '.join(codes[:_CODES_SHOWN])}" if codes else ""
    more = f" and {len(codes) - _CODES_SHOWN} more" if len(codes) > _CODES_SHOWN else ""
    form = f"{one.type} {one.min}/{one.max}"
    return f"{one.number:5} {form:9} {one.name}{often}{listed}{more}"


def standard_diff(
    a: Annotated[str, typer.Argument(help="004010/850, or package:004010/850.")],
    b: Annotated[str, typer.Argument(help="The other one.")],
) -> None:
    """Show what differs between two sets; exit 1 if anything does.

    ``package:`` before the version leaves the imported tables out.
    """
    found = differences(_schema(a), _schema(b))
    if not found:
        say.line(f"{a} and {b} are the same")
        return
    say.table(
        ("where", "what", a, b),
        [(one.where, one.what, one.first or "-", one.second or "-") for one in found],
    )
    raise typer.Exit(say.FOUND)
