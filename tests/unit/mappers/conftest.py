"""What the mappers' tests share: real tables, the real reader, small messages."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.edi.events import GroupBegun, InterchangeBegun, MessageRead
from gateway.edi.numbers import Numbers
from gateway.edi.plan import plan
from gateway.edi.tables import Tables, read_tables
from gateway.edi.tree import LoopRead
from gateway.edi.validate import Validator
from gateway.edi.x12.reader import X12Reader
from gateway.edi.x12.writer import Draft, Envelope
from gateway.findings import Finding
from gateway.mappers.mapped import Carrier, Mapped
from gateway.mappers.x12_850 import READS, to_order
from gateway.partner.load import load
from gateway.partner.profile import Profile

NOW = dt.datetime(2026, 1, 16, 9, 30, tzinfo=dt.UTC)
ISA = (
    "ISA*00*          *00*          *ZZ*ACME           *ZZ*SUPPLIER       "
    "*260115*0900*U*00401*000000101*0*{usage}*>~"
)
PROFILE = """
schema: 1
id: acme
name: Acme
stage: live
identities: {x12: {qualifier: ZZ, id: ACME}}
us: {x12: {qualifier: ZZ, id: SUPPLIER}}
"""

Map = Callable[..., Mapped]
"""Maps the segments between ST and SE; keywords: ``usage``, ``profile``."""


@pytest.fixture(scope="session")
def tables() -> Tables:
    folder = Path(__file__).parents[3] / "gateway/edi/x12/tables"
    texts = {
        f"004010/{path.name}": path.read_text("utf-8")
        for path in (folder / "004010").glob("*.txt")
    }
    read = read_tables(texts)
    assert isinstance(read, Tables), read
    return read


@pytest.fixture(scope="session")
def validator_850(tables: Tables) -> Validator:
    schema = tables.schema("004010", "850")
    assert schema is not None
    return Validator(plan(schema, message="x12_850", reads=READS))


@pytest.fixture(scope="session")
def validator_855(tables: Tables) -> Validator:
    schema = tables.schema("004010", "855")
    assert schema is not None
    return Validator(plan(schema, message="x12_855"))


def interchange(body: str, usage: str = "P") -> bytes:
    """An interchange with one 850; ``body`` stands between ST and SE."""
    segments = [part.strip() for part in body.split("~") if part.strip()]
    lines = [
        ISA.format(usage=usage)[:-1],
        "GS*PO*ACME*SUPPLIER*20260115*0900*7*X*004010VICS",
        "ST*850*0001",
        *segments,
        f"SE*{len(segments) + 2}*0001",
        "GE*1*7",
        "IEA*1*000000101",
    ]
    return "".join(f"{line}~\n" for line in lines).encode()


def read(data: bytes) -> tuple[Carrier, MessageRead]:
    """The first message of an interchange, and the envelope it came in."""
    reader = X12Reader()
    events = reader.receive(data) + reader.finish()
    isa = next(event for event in events if isinstance(event, InterchangeBegun))
    group = next(event for event in events if isinstance(event, GroupBegun))
    message = next(event for event in events if isinstance(event, MessageRead))
    return Carrier(interchange=isa, group=group, sha256="ab" * 32), message


@pytest.fixture
def message_of(validator_850: Validator) -> Callable[[str], LoopRead]:
    return lambda body: validator_850.tree(read(interchange(body))[1])


@pytest.fixture
def mapped(validator_850: Validator) -> Map:
    def run(body: str, usage: str = "P", profile: Profile | None = None) -> Mapped:
        carrier, message = read(interchange(body, usage))
        return to_order(validator_850.tree(message), carrier, profile)

    return run


@pytest.fixture
def accepted(validator_850: Validator) -> Callable[[str], tuple[Finding, ...]]:
    """What the wire check says of a message."""
    return lambda body: validator_850.validate(read(interchange(body))[1])


@pytest.fixture(scope="session")
def envelope() -> Envelope:
    return Envelope(
        sender_qualifier="ZZ",
        sender_id="SUPPLIER",
        receiver_qualifier="ZZ",
        receiver_id="ACME",
        gs_sender="SUPPLIER",
        gs_receiver="ACME",
        version="004010",
    )


def written(draft: Draft) -> bytes:
    """The finished interchange under number 1."""
    return draft.finish(Numbers(interchange=1, group=1, message=1), NOW)


@pytest.fixture(scope="session")
def faults(validator_855: Validator) -> Callable[[Draft], tuple[Finding, ...]]:
    """What our own engine says of an 855 against the 004010 tables."""
    return lambda draft: validator_855.validate(read(written(draft))[1])


@pytest.fixture(scope="session")
def body_of() -> Callable[[Draft], list[str]]:
    """The segments between ST and SE as text."""

    def run(draft: Draft) -> list[str]:
        lines = written(draft).decode().split("~\n")
        return lines[3:-4]

    return run


@pytest.fixture
def profile_with() -> Callable[[str], Profile]:
    """A profile with further YAML lines."""

    def run(more: str) -> Profile:
        profile = load(PROFILE + more, "acme/profile.yaml")
        assert isinstance(profile, Profile), profile
        return profile

    return run


@pytest.fixture(scope="session")
def wire_of(
    validator_850: Validator,
) -> Callable[[str], tuple[tuple[Finding, ...], LoopRead, Mapped]]:
    """A body through reader, check and mapper: what each of them gives."""

    def run(body: str) -> tuple[tuple[Finding, ...], LoopRead, Mapped]:
        carrier, message = read(interchange(body))
        loop = validator_850.tree(message)
        return validator_850.validate(message), loop, to_order(loop, carrier, None)

    return run
