"""New tables beside those that were imported before."""

from gateway.edi.importers import merged, read_plain, read_sef, write_tables
from gateway.edi.tables import Tables, read_tables
from tests.unit.edi.importers.shapes import good, sample

SEF = sample("house.sef")


def only(type_: str, text: str = SEF) -> Tables:
    """The house's tables with one of its two sets."""
    other = {"850": "997=", "997": "850="}[type_]
    lines = [line for line in text.split("\n") if not line.startswith(other)]
    return good(read_sef("\n".join(lines), "house.sef")).tables


def both(before: Tables, new: Tables) -> Tables:
    found = merged(before, new)
    assert isinstance(found, Tables)
    return found


def test_sets_that_agree_stand_together_and_can_be_written():
    found = both(only("850"), only("997"))
    whole = good(read_sef(SEF, "house.sef")).tables
    assert read_tables(write_tables(found)) == whole


def test_a_set_that_comes_again_takes_the_place_of_the_old_one():
    new = only("850", SEF.replace("353=ID,2,2", "353=ID,2,3"))
    found = both(only("850"), new)
    assert read_tables(write_tables(found)) == new


def test_versions_do_not_touch_each_other():
    other = good(read_plain(sample("house.csv"), "house.csv")).tables
    assert both(only("850"), other).versions == ("004010", "005010")


def test_other_names_are_no_contradiction():
    new = only("997", SEF.replace("353,0,Purpose", "329,0,Number of the set"))
    assert both(only("850"), new).types("004010") == ("850", "997")


def test_a_definition_that_differs_from_one_that_stays_is_found():
    found = merged(only("850"), only("997", SEF.replace("329=AN,4,9", "329=AN,4,8")))
    assert isinstance(found, tuple)
    assert [(f.code, f.where.path, f.value) for f in found] == [
        ("CFG-012", "004010/elements.txt", "329")
    ]


def test_a_segment_that_differs_from_one_that_stays_is_found():
    new = only("997", SEF.replace("ST=[143,M][329,M]", "ST=[143,M][329]"))
    found = merged(only("850"), new)
    assert isinstance(found, tuple)
    assert [(f.code, f.where.path, f.value) for f in found] == [
        ("CFG-012", "004010/segments.txt", "ST")
    ]
