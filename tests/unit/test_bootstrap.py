"""Package data is read and the rooms are wired."""

from __future__ import annotations

import datetime as dt
import os
import shutil
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest

from gateway.bootstrap import (
    Gateway,
    active_profiles,
    check_offline,
    limits,
    load_profile,
    repair_offline,
    rules,
    starter,
    starter_profiles,
    tables,
)
from gateway.catalog.importing import read_csv
from gateway.config import Settings
from gateway.edi.schema import segment_uses
from gateway.partner import Profile
from gateway.pipeline.ports import Inbound, InMemory
from gateway.store import catalog, profiles, queries
from tests.unit.pipeline.parts import (
    CHEAP,
    NOW,
    codes,
    group,
    interchange,
    message,
    one,
)

PROFILE = "partner_profiles/acme/profile.yaml"
ROOT = Path(__file__).parents[2]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path)


@pytest.fixture
def gateway(settings: Settings) -> Iterator[Gateway]:
    """A gateway that knows Acme and its catalog."""
    first = Gateway(settings, clock=lambda: NOW)
    text = (ROOT / PROFILE).read_text("utf-8")
    csv = (ROOT / "partner_profiles/acme/catalog.csv").read_text("utf-8")
    imported = read_csv(csv, "catalog.csv", partner_id="acme")
    with first.db.begin() as tx:
        profiles.apply(tx, "acme", text, NOW)
    catalog.save(first.db, "acme", imported, NOW)
    first.close()
    second = Gateway(settings, clock=lambda: NOW)
    yield second
    second.close()


def received(gateway: Gateway, data: bytes) -> str:
    """The id of the only order, after these bytes were received and processed."""
    inbound = Inbound(
        blob=InMemory.of(data),
        channel="folder",
        peer="drop",
        partner_id="acme",
        transport_id="1",
        received_at=NOW,
    )
    gateway.engine.accept(inbound)
    gateway.engine.process()
    with gateway.db.read() as tx:
        (order,) = queries.orders(tx).items
    return order.id


def test_the_tables_of_the_package_are_good():
    assert tables().schema("004010", "850") is not None
    assert tables() is tables()


def test_starter_data_are_found_beside_the_package():
    assert (starter("samples") / "x12" / "order.edi").is_file()
    assert {p.id for p in starter_profiles()} >= {"acme", "st-brendan-health"}


def test_limits_are_those_of_the_settings(tmp_path: Path):
    chosen = Settings(home=tmp_path, max_message_bytes=1000, max_segment_bytes=100)
    got = limits(chosen)
    assert (got.message_bytes, got.segment_bytes) == (1000, 100)


def test_a_good_profile_is_loaded():
    assert isinstance(load_profile(ROOT / PROFILE, "acme/profile.yaml"), Profile)


def test_a_profile_that_is_not_there_is_a_finding(tmp_path: Path):
    got = load_profile(tmp_path / "none.yaml", "none.yaml")
    assert not isinstance(got, Profile)
    assert [(f.code, str(f.where)) for f in got] == [("CFG-001", "none.yaml")]


def test_a_profile_that_is_no_text_is_a_finding(tmp_path: Path):
    (tmp_path / "bad.yaml").write_bytes(b"\xff\xfe\x00")
    got = load_profile(tmp_path / "bad.yaml", "bad.yaml")
    assert not isinstance(got, Profile)
    assert codes(got) == ["CFG-001"]


def test_a_profile_is_held_against_the_tables(tmp_path: Path):
    text = (ROOT / PROFILE).read_text("utf-8").replace("at: PO1/SDQ", "at: PO1/XYZ")
    (tmp_path / "odd.yaml").write_text(text, "utf-8")
    got = load_profile(tmp_path / "odd.yaml", "odd.yaml")
    assert not isinstance(got, Profile)
    assert codes(got) == ["CFG-005"]


def test_a_check_needs_no_database(settings: Settings):
    got = check_offline([one()], starter_profiles(), settings, NOW)
    assert got.clean
    assert got.body["interchanges"][0]["partner"] == "acme"
    assert got.body["orders"] == []


def test_a_check_can_take_one_profile_for_everybody(settings: Settings):
    acme = next(p for p in starter_profiles() if p.id == "acme")
    data = interchange(group(message(beg="00*BK")), sender="ANYBODY")
    got = check_offline([data], (), settings, NOW, always=acme)
    assert codes(got.findings) == ["IMP-207"]


def test_rules_are_made_of_tables_profiles_and_limits(settings: Settings):
    got = rules(starter_profiles(), settings)
    assert set(got.directory.profiles) >= {"acme", "st-brendan-health"}
    assert got.limits == limits(settings)


def test_a_gateway_knows_the_profiles_in_force(gateway: Gateway):
    assert [p.id for p in gateway.profiles] == ["acme"]
    assert active_profiles(gateway.db) == gateway.profiles


def test_a_gateway_that_runs_goes_by_the_profiles_that_are_applied(gateway: Gateway):
    assert not gateway.renew()
    names = ("acme", "st-brendan-health")
    texts = {
        name: (ROOT / f"partner_profiles/{name}/profile.yaml").read_text()
        for name in names
    }
    was = 'price_tolerance_pct: "0"'
    assert was in texts["acme"]
    with gateway.db.begin() as tx:
        laxer = texts["acme"].replace(was, 'price_tolerance_pct: "7"')
        profiles.apply(tx, "acme", laxer, NOW)
        profiles.apply(tx, names[1], texts[names[1]], NOW)

    assert gateway.renew()
    assert not gateway.renew()
    assert [one.id for one in gateway.profiles] == list(names)
    assert gateway.profiles == active_profiles(gateway.db)
    assert gateway.profiles[0].policy.price_tolerance.up_pct == 7


def test_a_gateway_that_runs_goes_by_tables_and_dtds_that_are_imported(
    gateway: Gateway,
):
    home = gateway.settings.home
    table, dtd = home / "standards/004010", home / "cxml/1.2.060/cXML.dtd"
    shutil.copytree(ROOT / "gateway/edi/x12/tables/004010", table)
    file = table / "850.txt"
    file.write_text(file.read_text().replace("BEG! 1", "BEG! 2"))
    dtd.parent.mkdir(parents=True)
    dtd.write_bytes(b"<!ELEMENT cXML EMPTY>")

    def used() -> tuple[int, tuple[str, ...]]:
        rules_ = gateway.rules
        schema = rules_.tables.by_version["004010"].schemas["850"]
        return next(
            islice(segment_uses(schema.nodes), 1, None)
        ).max, rules_.dtds.versions("cXML")

    before = used()
    assert not gateway.renew()  # it may be only half of what is being imported
    for one_ in (file, dtd):
        os.utime(one_, (1_700_000_000, 1_700_000_000))
    assert gateway.renew()
    assert (before, used()) == ((1, ()), (2, ("1.2.060",)))
    assert not gateway.renew()

    dtd.unlink()
    assert gateway.renew()
    assert used() == (2, ())


def test_a_check_of_a_gateway_decides_and_keeps_nothing(gateway: Gateway):
    body = gateway.check(one(CHEAP), None)
    assert [order["state"] for order in body["orders"]] == ["held"]
    with gateway.db.read() as tx:
        assert list(queries.orders(tx).items) == []


def test_a_check_for_another_partner_knows_no_sender(gateway: Gateway):
    body = gateway.check(one(), "zenith")
    assert body["interchanges"][0]["partner"] is None


def test_a_held_order_is_released(gateway: Gateway):
    order = received(gateway, one(CHEAP))
    done = gateway.release(order, as_="accept", lines=(), reason="", by="desk")
    assert done == ()
    with gateway.db.read() as tx:
        (row,) = queries.orders(tx).items
    assert row.state == "confirmed"


def test_an_order_that_is_not_there_is_a_finding(gateway: Gateway):
    done = gateway.release("ord_0", as_="accept", lines=(), reason="", by="desk")
    assert codes(done) == ["API-011"]


def test_a_release_that_is_not_possible_says_why(gateway: Gateway):
    order = received(gateway, one())
    done = gateway.release(order, as_="reject", lines=(), reason="", by="desk")
    assert codes(done) == ["CHG-001"]


def test_a_release_as_something_else_is_our_mistake(gateway: Gateway):
    with pytest.raises(ValueError, match="sell"):
        gateway.release("ord_0", as_="sell", lines=(), reason="", by="desk")


def test_what_is_explained_has_names_in_the_language_asked_for(gateway: Gateway):
    data = (ROOT / "samples/x12/order.edi").read_bytes()
    ends = [
        gateway.explain(data, b"", lang=lang, partner=None)["interchanges"][0]["end"][0]
        for lang in ("en", "fr")
    ]

    assert [end["name"] for end in ends] == [
        "End of the interchange",
        "Fin de l\u2019interchange",
    ]


def test_the_clock_of_a_gateway_is_aware_by_default(settings: Settings):
    made = Gateway(settings)
    try:
        assert made.clock().tzinfo is dt.UTC
    finally:
        made.close()


def test_repair_leaves_edifact_as_it_is(tmp_path: Path):
    raw = b"UNB+UNOC:3+1+2+260115:0900+7'UNZ+0+7'"
    settings = Settings(home=tmp_path)
    mended = repair_offline([raw[:9], raw[9:]], [], settings, NOW)
    assert b"".join(mended) == raw
