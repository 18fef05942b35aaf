"""Types of columns: what goes in comes out."""

from __future__ import annotations

import hashlib

import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from gateway.order.write import dumps
from gateway.store.database import Database
from gateway.store.sql import Among, insert_all
from gateway.store.tables import Detail, Digest, Kind, inbound_key, payload
from tests.unit.store.rounds import NOW

SUM = hashlib.sha256(b"").hexdigest()
TEXTS = [SUM, "", "x" * 30, "x" * 31, "x" * 32, "é" * 16, "g" * 64, SUM.upper()]


def test_a_sum_takes_32_bytes_and_everything_else_comes_back_too(db: Database):
    column = payload.c.sha256
    with db.begin() as tx:
        rows = [{"sha256": t, "size": 0, "body": b"", "kept_at": NOW} for t in TEXTS]
        insert_all(tx, payload, rows)
        found = Among(sa.select(column), column).find(tx, [(t,) for t in TEXTS])
        raw = tx.execute(sa.select(column, sa.type_coerce(column, sa.LargeBinary)))
        lengths = {text: len(bytes(data)) for text, data in raw}
        assert {row.sha256 for row in found} == set(TEXTS)
        assert tx.scalars(sa.select(column).where(column == SUM)).all() == [SUM]
    assert set(lengths) == set(TEXTS)
    assert [text for text, length in lengths.items() if length == 32] == [SUM]


KINDS = ["transport", "interchange", "functional_ack", "group", "a%b", ""]


def test_a_usual_kind_takes_a_byte_and_every_kind_comes_back(db: Database):
    column, rest = inbound_key.c.kind, {"receipt_id": "", "seen_at": NOW}
    kinds = {"partner_id": "acme", "key": "k", "sha256": SUM} | rest
    with db.begin() as tx:
        insert_all(tx, inbound_key, [kinds | {"kind": one} for one in KINDS])
        found = Among(sa.select(column), column).find(tx, [(one,) for one in KINDS])
        raw = tx.execute(sa.select(column, sa.type_coerce(column, sa.Text)))
        lengths = {kind: len(text) for kind, text in raw}
        assert {row.kind for row in found} == set(KINDS)
        one = sa.tuple_(column, inbound_key.c.key).in_([("interchange", "k")])
        assert tx.scalars(sa.select(column).where(one)).all() == ["interchange"]
    assert lengths == {one: 1 if one in KINDS[:3] else len(one) for one in KINDS}


def test_no_kind_is_none():
    kind = Kind()
    dialect = sa.create_mock_engine("sqlite://", lambda *_: None).dialect
    assert kind.process_bind_param(None, dialect) is None
    assert kind.process_result_value(None, dialect) is None


def test_nothing_is_no_sum():
    kind = Digest()
    dialect = sa.create_mock_engine("sqlite://", lambda *_: None).dialect
    assert kind.process_bind_param(None, dialect) is None
    assert kind.process_result_value(None, dialect) is None


PARTS = [
    *("", "{", "}", SUM, SUM.upper(), SUM[1:], "é", "\ud800", "f5" * 32),
    *('{"channel":"', '","sha256":"', '+00:00","sha256":"', '{"said":"","sha256":"'),
    *('","receipt":"rcp_', '","receipt_sha256":"', '","received_at":"'),
    *('","state":"', '","state":"confirmed"}'),
]


@given(st.lists(st.sampled_from(PARTS)))
def test_a_detail_comes_back_and_its_sums_are_short(parts: list[str]):
    kind, text = Detail(), "".join(parts)
    dialect = sa.create_mock_engine("sqlite://", lambda *_: None).dialect

    data = kind.process_bind_param(text, dialect)

    assert data is not None
    assert kind.process_result_value(data, dialect) == text
    assert SUM.encode() not in data
    assert len(data) <= len(text.encode("utf-8", "surrogatepass"))


def test_what_the_events_of_an_order_have_in_common_is_short():
    dialect = sa.create_mock_engine("sqlite://", lambda *_: None).dialect
    came = {"channel": "drop", "receipt": "rcp_01", "receipt_sha256": SUM}
    kept = {"received_at": "2026-11-21T12:00:00+00:00", "sha256": SUM}
    texts = [
        dumps(came | kept | {"state": "confirmed"}),
        dumps({"said": "", "sha256": SUM}),
    ]

    made = [Detail().process_bind_param(text, dialect) for text in texts]

    assert [len(data or b"") for data in made] == [97, 36]
    told = [Detail().process_result_value(data, dialect) for data in made]
    assert told == texts


def test_a_detail_that_somebody_changed_is_shown_as_far_as_it_can_be():
    kind, dialect = (
        Detail(),
        sa.create_mock_engine("sqlite://", lambda *_: None).dialect,
    )
    assert kind.process_result_value("{}", dialect) == "{}"
    assert kind.process_result_value(b"a\xff\x01", dialect) == "a01"
    assert kind.process_result_value(b"a\xfe", dialect) == "a\N{REPLACEMENT CHARACTER}"
    assert kind.process_result_value(None, dialect) is None
    assert kind.process_bind_param(None, dialect) is None
