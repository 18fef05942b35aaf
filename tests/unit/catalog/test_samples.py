"""The samples say of themselves what is found in them."""

from __future__ import annotations

from pathlib import Path

from gateway.catalog.importing import Import, read_csv, read_json

SAMPLES = Path(__file__).parents[3] / "samples" / "catalog"


def sample(name: str) -> Import:
    read = read_json if name.endswith(".json") else read_csv
    return read((SAMPLES / name).read_text(encoding="utf-8"), name)


def test_the_good_csv_has_six_items_and_no_finding():
    found = sample("prices.csv")
    assert (len(found.items), found.findings) == (6, ())


def test_the_good_json_has_two_items_and_no_finding():
    found = sample("prices.json")
    assert (len(found.items), found.findings) == (2, ())


def test_the_bad_csv_has_a_finding_for_each_bad_row():
    told = [(each.code, each.where.path) for each in sample("bad-prices.csv").findings]
    assert told == [
        ("CFG-021", "bad-prices.csv:3"),
        ("CFG-020", "bad-prices.csv:4"),
        ("CFG-020", "bad-prices.csv:5"),
        ("CFG-020", "bad-prices.csv:6"),
        ("CFG-021", "bad-prices.csv:7"),
        ("CFG-020", "bad-prices.csv:7"),
    ]
