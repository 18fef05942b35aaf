"""Which profile a sender and a receiver lead to."""

import pytest

from gateway.findings import Finding
from gateway.partner import Directory, Profile, load

US = "us: {x12: {qualifier: '01', id: '012345678', gs: SUPPLY}}"


def profile(name, x12, us=US):
    text = f"schema: 1\nid: {name}\nname: {name}\nstage: live\n{us}\n"
    loaded = load(text + f"identities: {{x12: {x12}}}\n", "p")
    assert isinstance(loaded, Profile)
    return loaded


ACME = profile("acme", "{qualifier: ZZ, id: ACME}")
EAST = profile("east", "{qualifier: ZZ, id: BIG, gs: EAST}")
WEST = profile("west", "[{qualifier: ZZ, id: BIG, gs: WEST}, {qualifier: '14', id: W}]")
REST = profile("rest", "{qualifier: ZZ, id: BIG}")
ALL = Directory.of([ACME, EAST, WEST])


def found(directory, qualifier, sender, gs02="", to="012345678", gs03=""):
    """The id of the profile, or the code of the finding."""
    what = directory.find(qualifier, sender, "01", to, gs02, gs03)
    return what.code if isinstance(what, Finding) else what.id


def test_padding_is_not_part_of_an_id():
    assert found(ALL, "ZZ", "ACME           ", to="012345678      ") == "acme"


@pytest.mark.parametrize(
    ("qualifier", "sender", "gs02", "expected"),
    [
        ("ZZ", "ACME", "ANY", "acme"),
        ("01", "ACME", "", "ENV-020"),
        ("ZZ", "acme", "", "ENV-020"),
        ("ZZ", "NOBODY", "", "ENV-020"),
        ("ZZ", "BIG", "EAST", "east"),
        ("ZZ", "BIG", "WEST  ", "west"),
        ("ZZ", "BIG", "NORTH", "ENV-020"),
        ("ZZ", "BIG", "", "ENV-020"),
        ("14", "W", "", "west"),
    ],
)
def test_a_sender_is_its_qualifier_id_and_code(qualifier, sender, gs02, expected):
    assert found(ALL, qualifier, sender, gs02) == expected


def test_a_code_is_not_needed_where_no_group_is_at_hand():
    alone = Directory.of([EAST])
    assert found(alone, "ZZ", "BIG") == "east"
    assert found(alone, "ZZ", "BIG", "NORTH") == "ENV-020"


def test_a_claim_with_a_code_goes_before_one_without():
    both = Directory.of([EAST, REST])
    assert found(both, "ZZ", "BIG", "EAST") == "east"
    assert found(both, "ZZ", "BIG", "NORTH") == "rest"
    assert found(both, "ZZ", "BIG") == "rest"
    assert both.findings == ()


@pytest.mark.parametrize(
    ("receiver", "gs03", "expected"),
    [
        ("012345678", "SUPPLY", "acme"),
        ("012345678", "", "acme"),
        ("999999999", "SUPPLY", "ENV-024"),
        ("012345678", "OTHER", "ENV-024"),
    ],
)
def test_a_message_for_another_receiver_is_env_024(receiver, gs03, expected):
    assert found(ALL, "ZZ", "ACME", "X", receiver, gs03) == expected


def test_an_unknown_address_is_placed_in_the_isa():
    sender = ALL.find("ZZ", "NOBODY", "01", "012345678")
    receiver = ALL.find("ZZ", "ACME", "01", "999999999")
    assert isinstance(sender, Finding)
    assert isinstance(receiver, Finding)
    assert [str(sender.where), str(receiver.where)] == ["ISA-06", "ISA-08"]


def test_a_sender_claimed_twice_is_cfg_006_and_belongs_to_neither():
    other = profile("other", "{qualifier: ZZ, id: ACME}")
    disputed = Directory.of([ACME, other, EAST])
    assert [(f.code, f.value) for f in disputed.findings] == [("CFG-006", "ACME")]
    assert found(disputed, "ZZ", "ACME") == "ENV-020"
    assert found(disputed, "ZZ", "BIG", "EAST") == "east"


def test_profiles_are_found_by_their_id():
    assert ALL.profiles["west"] is WEST
