"""A channel is looked at: whether it is there, and nothing else."""

from __future__ import annotations

from gateway.engine.check import State
from gateway.engine.trying import tried
from tests.starters import starter_profile
from tests.unit.engine.starter_house import Door
from tests.unit.transport.test_https import serving


def test_a_folder_is_there_and_can_be_written_or_not(house: Door):
    one = house()
    engine = one.gateway.engine
    profile = engine.rules.directory.profiles["acme"]
    (channel,) = profile.channels
    before = tried(engine, profile, channel)
    assert {each.state for each in before} == {State.FAULT}
    root = engine.settings.home / "partners" / "acme"
    for name in ("in", "out", "archive"):
        (root / name).mkdir(parents=True)
    after = tried(engine, profile, channel)
    assert [(each.name, each.state) for each in after] == [
        ("in", State.OK),
        ("out", State.OK),
        ("archive", State.OK),
    ]


def test_a_server_that_is_not_there_is_told_with_its_address(house: Door):
    engine = house().gateway.engine
    push = {"id": "drop", "kind": "push", "url": "https://127.0.0.1:9/orders"}
    profile = starter_profile("acme", channels=[push])
    (told,) = tried(engine, profile, profile.channels[0])
    assert told.state is State.FAULT
    assert "127.0.0.1:9" in told.what


def test_a_server_that_answers_is_told_with_what_it_said(house: Door):
    engine = house().gateway.engine
    with serving(b"HTTP/1.1 405 No\r\nContent-Length: 0\r\n\r\n") as server:
        push = {
            "id": "drop",
            "kind": "push",
            "url": server.url,
            "secrets": ["env:PUSH"],
        }
        profile = starter_profile("acme", channels=[push])
        (told,) = tried(engine, profile, profile.channels[0])
    assert told.state is State.OK
    assert "HTTP 405" in told.what
    assert server.requests[0].startswith(b"GET ")


def test_who_comes_to_us_has_nothing_to_be_connected_to(house: Door):
    engine = house().gateway.engine
    profile = starter_profile("acme", channels=[{"id": "drop", "kind": "http"}])
    (told,) = tried(engine, profile, profile.channels[0])
    assert told.state is State.OK
