"""Write the generated pages of docs/ from the code they describe.

``python tools/write_docs.py`` writes them all, ``--check`` only says which are stale;
``python tools/write_docs.py errors.md`` writes one. ``tests/arch`` keeps them fresh.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

DOCS = Path(__file__).resolve().parent.parent / "docs"
NOTE = "<!-- Written by `make docs`; edit the code instead. -->\n"

_PREFIXES = {
    "WIRE": "bytes that are no interchange",
    "ENV": "interchange, group and message envelopes",
    "SYN": "segments and elements against the standard",
    "IMP": "against the partner's guide",
    "MAP": "from a message to an order, and back",
    "DUP": "seen before",
    "CAT": "catalog and contract",
    "ACC": "customers and accounts",
    "CHG": "changes of an order",
    "ERP": "files of our ERP",
    "PIN": "portal answers",
    "ASN": "ship notices",
    "SLA": "deadlines",
    "AS2": "AS2",
    "CXM": "cXML",
    "OCI": "OCI",
    "UBL": "UBL and Peppol",
    "TND": "tenders",
    "TRU": "signatures and trust",
    "SOAP": "signed messages in SOAP",
    "TRN": "transport",
    "EVD": "evidence",
    "API": "our HTTP interface",
    "CFG": "profiles, settings and tables",
}


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table; a pipe inside a cell is escaped."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(map(_cell, line))} |\n" for line in lines)


def _cell(value: object) -> str:
    """A value on one line, its code between single backticks."""
    return str(value).replace("|", "\\|").replace("\n", " ").replace("``", "`")


def errors() -> str:
    """Every code: what happened, what to do, and what each standard is told."""
    from gateway.findings.codes import CODES

    text = (
        "# Codes\n\nEvery finding has a code that never changes its meaning. `gateway "
        "codes CODE` prints one of these rows. An empty column: that answer never "
        "carries the code. A retired code is no longer raised; it is kept so that it "
        "is never used for something else.\n"
    )
    for prefix, title in _PREFIXES.items():
        codes = [code for code in CODES.values() if code.code.startswith(prefix + "-")]
        if not codes:
            continue
        text += f"\n## {prefix}: {title}\n"
        for code in codes:
            answers = {
                "TA105": code.ta105,
                "AK502": code.ak502,
                "AK905": code.ak905,
                "AK304": code.ak304,
                "AK403": code.ak403,
                "0085": code.e0085,
                "MDN": code.as2,
                "cXML": code.cxml,
                "HTTP": code.http,
            }
            told = ", ".join(f"{name} {told}" for name, told in answers.items() if told)
            retired = " Retired." if code.retired else ""
            what = code.title[:1].upper() + code.title[1:]
            text += (
                f'\n### <a id="{code.code.lower()}"></a>{code.code}\n\n'
                f"{what}. {code.fix}{retired}\n\n"
                f"Severity: {code.severity}. Answers: {told}.\n"
            )
    return text


def settings() -> str:
    """Every setting with its environment variable, default and meaning."""
    from gateway.config import Settings

    prefix = str(Settings.model_config.get("env_prefix", ""))
    rows = [
        (
            f"`{(prefix + name).upper()}`",
            _default(field),
            field.description or "",
        )
        for name, field in Settings.model_fields.items()
    ]
    return (
        "# Settings\n\nSettings come from the environment, are read once at the start "
        "and do not change after it.\n\n"
        + table(["variable", "default", "meaning"], rows)
    )


def _default(field: Any) -> str:
    """A default as one would type it; made ones are told in the meaning."""
    value = None if field.default_factory else field.get_default()
    text = str(getattr(value, "value", value))
    return "" if field.is_required() or value is None or not text else f"`{text}`"


def routes() -> str:
    """Every HTTP route with what it does."""
    from gateway.web.app import create_app

    rows = [
        (f"`{method.upper()}`", f"`{path}`", _sentence(route.get("description")))
        for path, methods in sorted(create_app().openapi()["paths"].items())
        for method, route in methods.items()
    ]
    return (
        "# HTTP\n\nProblems are answered as `application/problem+json`; their `type` "
        "is the page of [the code](errors.md). `/openapi.json` holds every field.\n\n"
        + table(["method", "path", "what it does"], rows)
    )


def _sentence(text: str | None) -> str:
    return (text or "").strip().split("\n\n")[0]


def commands() -> str:
    """Every command of the command line with its arguments and options."""
    import typer.main

    from gateway.cli import app

    text = "# Commands\n\n`gateway COMMAND --help` prints the same at the terminal.\n"
    for path, command in _leaves("gateway", typer.main.get_command(app)):
        usage = " ".join(
            command.make_context(
                path, [], resilient_parsing=True
            ).command.collect_usage_pieces(command.context_class(command))
        )
        text += (
            f"\n## {path}\n\n    {path} {usage}\n\n{_cell(_sentence(command.help))}\n"
        )
        rows = [
            (f"`{'`, `'.join(p.opts)}`", getattr(p, "help", "") or "")
            for p in command.params
            if p.param_type_name == "option" and p.name != "help"
        ]
        text += "\n" + table(["option", "meaning"], rows) if rows else ""
    return text


def _leaves(path: str, command: Any) -> Iterator[tuple[str, Any]]:
    """A command and all below it that do something, with the words that call them."""
    if not hasattr(command, "commands"):
        yield path, command
        return
    for name, below in sorted(command.commands.items()):
        if not below.hidden:
            yield from _leaves(f"{path} {name}", below)


def profile() -> str:
    """Every key of a partner profile."""
    from gateway.partner.published import described_schema

    schema = described_schema()
    text = (
        "# Profile keys\n\nThe keys of `partner_profiles/<id>/profile.yaml`. All "
        "scalars are read as text; a key that is not listed here is a finding. "
        "`gateway profile check` checks a folder.\n"
    )
    for title, part in {"Profile": schema, **schema.get("$defs", {})}.items():
        if "properties" not in part:
            continue
        must = part.get("required", [])
        rows = [
            (
                f"`{key}`",
                "yes" if key in must else "",
                _kind(value, schema.get("$defs", {})),
                value.get("description", ""),
            )
            for key, value in part["properties"].items()
        ]
        text += f"\n## {title}\n\n{_cell(_sentence(part.get('description')))}\n\n"
        text += table(["key", "required", "value", "meaning"], rows)
    return text


def _kind(value: dict[str, Any], defs: dict[str, Any]) -> str:
    """The form of a value in a word or two."""
    if "$ref" in value:
        name = str(value["$ref"]).rsplit("/", 1)[-1]
        known = defs.get(name, {})
        linked = "properties" in known
        return f"[{name}](#{name.lower()})" if linked else _kind(known, defs)
    if "const" in value or "enum" in value:
        allowed = value["enum"] if "enum" in value else [value["const"]]
        return ", ".join(dict.fromkeys(f"`{one}`" for one in allowed))
    if parts := value.get("anyOf") or value.get("oneOf"):
        return " or ".join(_kind(one, defs) for one in parts if one != {"type": "null"})
    if value.get("type") == "array":
        return f"list of {_kind(value.get('items', {}), defs)}"
    types = value.get("type", "any")
    words = {"string": "text", "object": "keys and values", "null": ""}
    named = [
        words.get(one, one) for one in ([types] if isinstance(types, str) else types)
    ]
    return " or ".join(word for word in named if word)


def erp_columns() -> str:
    """Every column of the files that an ERP reads and writes."""
    from gateway.erp.columns import KINDS
    from gateway.erp.orders import COLUMNS

    text = (
        "# Columns of the ERP's files\n\nHow the files go is told in [erp.md](erp.md). "
        "Columns may stand in any order; one that is not listed here refuses the file. "
        "Decimals have a point, days are written 2026-01-31.\n\n## Orders (we write "
        "them)\n\nOne row per line, the head's fields repeated in each.\n\n"
    )
    text += table(["column", "what stands in it"], _coded(COLUMNS.items()))
    for name, kind in sorted(KINDS.items()):
        told = [
            (column, f"{what} (required)" if column in kind.needed else what)
            for column, what in kind.columns.items()
        ]
        text += (
            f"\n## {name.capitalize()} (you write them)\n\nKnown by the column "
            f"`{kind.sign}`; in JSON by `schema`: `{kind.schema}`.\n\n"
        )
        text += table(["column", "what stands in it"], _coded(told))
    return text


def _coded(rows: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    return ((f"`{name}`", meaning) for name, meaning in rows)


PAGES: dict[str, Callable[[], str]] = {
    "errors.md": errors,
    "settings.md": settings,
    "http.md": routes,
    "commands.md": commands,
    "profile.md": profile,
    "erp-columns.md": erp_columns,
}


def fresh(page: str) -> str:
    """A page as it should stand in docs/."""
    return NOTE + PAGES[page]()


def stale(page: str) -> bool:
    """Does the page in docs/ differ from what the code says?"""
    path = DOCS / page
    return not path.is_file() or path.read_text(encoding="utf-8") != fresh(page)


def main() -> int:
    """Write the pages named, or all; with --check only list the stale ones."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("pages", nargs="*", metavar="PAGE")
    arguments.add_argument("--check", action="store_true")
    asked = arguments.parse_args()
    changed = [page for page in asked.pages or PAGES if stale(page)]
    for page in changed:
        print(f"docs/{page}", "is stale; run: make docs" if asked.check else "written")
        if not asked.check:
            (DOCS / page).write_text(fresh(page), encoding="utf-8")
    return 1 if asked.check and changed else 0


if __name__ == "__main__":
    sys.exit(main())
