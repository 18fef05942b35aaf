"""YAML to a profile, or to all its faults with their lines."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.partner import Place, Profile, load

SMALL = """\
schema: 1
id: acme
name: Acme
stage: live
identities: {x12: {qualifier: ZZ, id: ACME}}
us: {x12: {qualifier: "01", id: "012345678"}}
"""


def faults(text):
    """Code and line of every finding."""
    found = load(text, "acme/profile.yaml")
    assert isinstance(found, tuple)
    places = [finding.where.path.split(":") for finding in found]
    assert {name for name, _ in places} == {"acme/profile.yaml"}
    return [(f.code, int(line)) for f, (_, line) in zip(found, places, strict=True)]


def profile(text):
    loaded = load(text, "acme/profile.yaml")
    assert isinstance(loaded, Profile)
    return loaded


def test_a_small_profile_is_read_with_its_defaults():
    loaded = profile(SMALL)
    assert loaded.schema_ == "1"
    assert loaded.x12.interchange_version == "00401"
    assert loaded.x12.ack == "997"
    assert loaded.guide.sku.qualifiers == ("VP", "VN", "SK", "VC")
    assert loaded.patch is None


def test_scalars_stay_the_text_they_are():
    loaded = profile(SMALL + "locations: [{id: 01, name: NO}]\nx12: {terminator: ~}\n")
    assert (loaded.locations[0].id, loaded.locations[0].name) == ("01", "NO")
    assert loaded.x12.terminator == "~"


def test_one_identity_or_a_list_of_them():
    several = SMALL.replace(
        "{qualifier: ZZ, id: ACME}",
        "[{qualifier: ZZ, id: ACME}, {qualifier: ZZ, id: ACMEWEST, gs: WEST}]",
    )
    assert len(profile(SMALL).identities.x12) == 1
    assert profile(several).identities.x12[1].gs == "WEST"


def test_guide_rules_have_places_values_and_reasons():
    rule = "{at: PO1/N1-03, value: '92', why: page 4}"
    loaded = profile(SMALL + f"guide: {{require: [{rule}]}}\n")
    required = loaded.guide.require[0]
    assert required.at == Place(("PO1",), "N1", 3)
    assert required.wanted == ("92",)
    assert (required.message, required.why) == ("x12_850", "page 4")


@pytest.mark.parametrize("written", ["null", "~", '""', ""])
def test_no_patch_may_be_written_in_any_of_yamls_ways(written):
    assert profile(SMALL + f"patch: {written}\n").patch is None


def test_an_unknown_key_names_the_nearest_known_one():
    found = load(SMALL + "conctacts: []\n", "p")
    assert isinstance(found, tuple)
    assert "'contacts'" in found[0].what
    assert (found[0].code, found[0].where.path) == ("CFG-002", "p:7")


@pytest.mark.parametrize(
    ("addition", "near"),
    [
        ("policy: {codes_855: {acept: IA}}", "accept"),
        ("policy: {decisions: {unknwon_item: hold}}", "unknown_item"),
        ("policy: {unknwon_item: hold}", "unknown_item"),
        ("policy: {price_tolerence_pct: 2}", "price_tolerance_pct"),
        ("channels: [{id: a, kind: folder, inbund: x}]", "inbound"),
        ("guide: {require: [{at: CTT, vale: '1'}]}", "value"),
        ("guide: {sku: {qualifier: [VP]}}", "qualifiers"),
    ],
)
def test_the_nearest_key_is_one_of_the_same_place(addition, near):
    found = load(SMALL + addition, "p")
    assert isinstance(found, tuple)
    assert [f.code for f in found if f"{near!r}" in f.what] == ["CFG-002"]


@pytest.mark.parametrize(
    "addition",
    [
        "x12: {terminator: ab}",
        "x12: {element_separator: x}",
        "x12: {encoding: ebcdic}",
        "x12: {ack: 998}",
        "x12: {interchange_version: 4.1}",
        "receives: [{message: X12-850, version: '004010'}]",
        "receives: [{message: x12_850, version: 4010}]",
        "receives: [{message: x12_850, version: '004010', channel: none}]",
        "sends: [{message: x12_855, version: '004010', within_h: soon}]",
        "sends: [{message: x12_855, version: '004010', within_h: 0}]",
        "channels: [{id: a, kind: fax}]",
        "channels: [{id: a}]",
        "channels: [{id: a, kind: folder, inbound: ../../etc}]",
        "channels: [{id: a, kind: folder, inbound: /etc}]",
        "channels: [{id: a, kind: folder, inbound: ''}]",
        "receives: [x12_850]",
        "guide: {narrow: [{at: BEG-01, values: []}]}",
        "guide: {narrow: [{at: BEG-01, values: '00'}]}",
        "guide: {tolerate: [{code: CAT-301, at: PO1-04}]}",
        "guide: {tolerate: [{code: SYN-999, at: PO1-04}]}",
        "guide: {tolerate: [{code: SYN-205, at: PO1-04, severity: reject}]}",
        "guide: {max_use: [{at: PER, max: many}]}",
        "guide: []",
        "guide: {sku: VP}",
        "contacts: [{role: }]",
        "policy: {unknown_item: accept}",
        "policy: {unknown_item: hold, decisions: {unknown_item: hold}}",
        "policy: {price_tolerance_pct: 2, price_tolerance: {up_pct: 2}}",
        "policy: {missing_price: hold, decisions: {missing_price: hold}}",
        "policy: {missing_price: perhaps}",
        "policy: {decisions: hold}",
        "policy: {price_tolerance_pct: -1}",
        "policy: {price_tolerance: {up_abs: 1e99}}",
        "policy: {price_tolerance: {up_abs: '1,5'}}",
        "policy: {codes_855: {accept: accepted}}",
        "patch: 'os.system'",
    ],
)
def test_a_value_that_is_not_allowed_is_cfg_003_at_its_line(addition):
    assert faults(SMALL + addition) == [("CFG-003", 7)]


@pytest.mark.parametrize(
    ("line", "instead"),
    [
        (1, "schema: 2"),
        (2, "id: Acme!"),
        (4, "stage: maybe"),
        (5, "identities: {x12: {qualifier: Z, id: ACME}}"),
        (5, "identities: {x12: {qualifier: ZZ, id: ' ACME'}}"),
        (5, "identities: {x12: {qualifier: ZZ, id: SIXTEENCHARACTER}}"),
    ],
)
def test_a_wrong_value_of_the_head_is_cfg_003_at_its_line(line, instead):
    lines = SMALL.splitlines()
    lines[line - 1] = instead
    assert faults("\n".join(lines)) == [("CFG-003", line)]


@pytest.mark.parametrize("line", [1, 2, 3, 4, 5, 6])
def test_a_required_key_that_is_missing_is_cfg_004(line):
    lines = SMALL.splitlines()
    del lines[line - 1]
    assert faults("\n".join(lines)) == [("CFG-004", 1)]


def test_a_key_missing_inside_is_cfg_004_where_it_belongs():
    assert faults(SMALL + "receives:\n  - message: x12_850\n") == [("CFG-004", 8)]


def test_our_address_is_missing_where_theirs_is_given():
    assert faults(SMALL.replace('x12: {qualifier: "01"', 'duns: "1"} #')) == [
        ("CFG-004", 6)
    ]


def test_a_bad_place_is_cfg_005():
    assert faults(SMALL + "guide:\n  forbid:\n    - {at: PO1/N1-3}\n") == [
        ("CFG-005", 9)
    ]


def test_all_faults_are_found_in_one_pass():
    text = SMALL.replace("live", "soon").replace("ZZ", "Z")
    text += "nam: x\nguide: {require: [{at: nowhere}]}\nx12: {terminator: ab}\n"
    assert faults(text) == [
        ("CFG-003", 4),
        ("CFG-003", 5),
        ("CFG-002", 7),
        ("CFG-005", 8),
        ("CFG-003", 9),
    ]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", 1),
        ("# nothing but a comment\n", 1),
        ("id: a: b\n", 1),
        ("id: 'open\n", 2),
        ("a: 1\nb: 2\na: 3\n", 3),
        ("a: 1\n---\nb: 2\n", 2),
        ("a: &x 1\nb: *x\n", 2),
        ("a: !!python/object:os.system x\n", 1),
        ("? [a, b]\n: c\n", 1),
        ("a: 1\nb: \x07\n", 2),
        ('a: "\\UFFFFFFFF"\n', 1),
        ("a: 1\nb: \ud800\n", 2),
        ("[" * 1000, 1),
        ("{a: " * 1000, 1),
    ],
)
def test_what_is_not_yaml_for_a_profile_is_cfg_001(text, line):
    assert faults(text) == [("CFG-001", line)]


def test_a_file_over_the_size_limit_is_not_read():
    assert faults("a: b\n" * 500_000) == [("CFG-001", 1)]


def test_a_flood_of_faults_is_cut_off():
    assert len(faults("".join(f"key{n}: x\n" for n in range(5000)))) == 100


@pytest.mark.parametrize("text", ["text", "- a\n- b\n", "'x'"])
def test_a_file_that_is_no_mapping_is_cfg_003(text):
    assert faults(text) == [("CFG-003", 1)]


@given(st.text())
def test_any_text_gives_findings_and_no_exception(text):
    assert isinstance(load(text, "p"), tuple)


KEYS = st.sampled_from(["policy", "guide", "x12", "id", "decisions", "at", "require"])
VALUES = st.recursive(
    st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner),
    max_leaves=12,
)


@given(st.dictionaries(KEYS, VALUES))
def test_any_nesting_of_known_keys_gives_findings_and_no_exception(data):
    text = "".join(f"{key}: {value!r}\n" for key, value in data.items())
    assert isinstance(load(text, "p"), tuple)
