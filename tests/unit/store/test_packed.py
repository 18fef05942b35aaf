"""Packing: what comes out is what went in, whatever release packed it."""

import hashlib
from importlib.resources import files

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from gateway.cli import generate
from gateway.store.packed import Damaged, Packed, pack, unpack

FIRST = "926907a916170e5894aa682364b6c408589507b96973d295e96bca2da58bb917"


@given(st.binary(max_size=2000))
def test_any_bytes_come_back(data: bytes):
    assert unpack(pack(data)) == data


def test_a_message_becomes_much_smaller():
    raw = generate.plain_orders(1, 10, items=1000)
    assert len(pack(raw)) < len(raw) / 3


def test_bytes_that_do_not_become_smaller_stay_as_they_are():
    data = b"".join(hashlib.sha256(bytes([n])).digest() for n in range(4))
    assert pack(data) == b"\x00" + data
    assert pack(b"short") == b"\x00short"


def test_the_first_dictionary_never_changes():
    file = files("gateway") / "store" / "dictionaries" / "1.zdict"
    assert hashlib.sha256(file.read_bytes()).hexdigest() == FIRST


@pytest.mark.parametrize("data", [b"", b"\x07abc", b"\x01abc", b"\x01"])
def test_bytes_that_nobody_packed_are_damaged(data: bytes):
    with pytest.raises(Damaged):
        unpack(data)


def test_a_packed_column_takes_and_gives_text():
    table = sa.Table("t", sa.MetaData(), sa.Column("body", Packed))
    engine = sa.create_engine("sqlite://")
    text = "Bestellung über 12 Stück " * 9
    with engine.begin() as tx:
        table.create(tx)
        tx.execute(table.insert(), [{"body": text}, {"body": None}])
        assert tx.execute(sa.select(table.c.body)).scalars().all() == [text, None]
        raw = tx.exec_driver_sql("SELECT max(length(body)) FROM t").scalar_one()
    assert raw < len(text)
