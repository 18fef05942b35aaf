"""What a profile says of EDIFACT: addresses, syntax, service characters."""

from __future__ import annotations

from typing import Literal

from gateway.partner.scalars import (
    AnyFindingCode,
    EdifactId,
    EdifactQualifier,
    ErrorCode,
    Form,
    Separator,
    Suffix,
    Terminator,
    Text,
)

__all__ = ["ApplicationError", "Charset", "EdifactForm", "EdifactIdentity"]

Charset = Literal[
    "UNOA",
    "UNOB",
    "UNOC",
    "UNOD",
    "UNOE",
    "UNOF",
    "UNOG",
    "UNOH",
    "UNOI",
    "UNOJ",
    "UNOK",
    "UNOL",
    "UNOW",
]


class EdifactIdentity(Form):
    """An interchange address: UNB S002 or S003."""

    qualifier: EdifactQualifier | None = None
    """Identification qualifier (0007), 14 for a GLN; left out: any, and none is
    written."""
    id: EdifactId
    """Identification (0004, 0010)."""
    internal: EdifactId | None = None
    """Address for internal routing (0008, 0014); left out: any."""


class ApplicationError(Form):
    """What a code of application errors (9321) means between us and this partner."""

    code: ErrorCode
    """The code, as ERC has it."""
    means: Text = ""
    """What it means, in words."""
    says: Literal["accepted", "accepted_with_errors", "rejected"] = "rejected"
    """What it says of the document that their APERAK is about."""
    findings: tuple[AnyFindingCode, ...] = ()
    """Findings of ours that it stands for in an APERAK that we send."""


class EdifactForm(Form):
    """How we write EDIFACT to this partner. What is left out is the usual."""

    syntax: Literal["1", "2", "3", "4"] = "3"
    """Syntax version (0002) of what we send on our own; an answer has that of what it
    answers."""
    charset: Charset = "UNOC"
    """Character set (0001) that we declare and write."""
    encoding: Literal["utf-8", "latin-1", "cp1252", "cp850", "iso8859_15"] | None = None
    """Character encoding, read and written whatever 0001 declares; left out: what it
    declares, and where bytes do not fit, UTF-8 or cp1252."""
    element_separator: Separator | None = None
    """Between elements."""
    component_separator: Separator | None = None
    """Between components."""
    repetition_separator: Separator | None = None
    """Between repetitions, in syntax version 4."""
    release: Separator | None = None
    """In front of a service character that is data."""
    terminator: Terminator | None = None
    """Behind each segment."""
    suffix: Suffix = "\n"
    """Line break behind each terminator."""
    decimal: Literal[".", ","] = "."
    """Decimal mark that we write, and name in UNA."""
    una: Literal["always", "needed"] = "always"
    """Whether UNA is written where the service characters are the usual ones."""
    group: Literal["no", "yes"] = "no"
    """Whether our messages stand in a group, UNG to UNE."""
    contrl: Literal["always", "asked", "on_error", "never"] = "asked"
    """When they get a CONTRL: always; where 0031 asks for one and whenever something
    is rejected; only when something is rejected; or never."""
    contrl_form: Literal["un", "eancom97", "eancom2002"] = "un"
    """Whose message and codes (0085) a CONTRL has; un: those of the syntax version."""
    contrl_names: Literal["rejected", "every"] = "rejected"
    """The messages that a CONTRL names: those that are rejected, or every one."""
    contrl_wanted: Literal["no", "yes"] = "no"
    """Whether we ask for a CONTRL of what we send (0031), and miss one that does not
    come."""
    contrl_of_aperak: Literal["no", "yes"] = "no"
    """Whether an APERAK of theirs is answered by a CONTRL."""
    errors: tuple[ApplicationError, ...] = ()
    """The table of error codes of APERAK that was agreed on; the standard has none."""
    dialect: Literal["subset", "un", "eancom94", "eancom97", "eancom2002", "book"] = (
        "subset"
    )
    """Whose codes our answers and ship notices have; subset: those of the subset that
    their messages name (0057), else those of UN/EDIFACT."""
    level: Literal["strict", "tolerant", "repair"] = "tolerant"
    """What deviations of envelope and wire weigh: strict refuses them, tolerant tells
    them, repair accepts what has one possible meaning."""
