"""Trains the dictionary that stored bytes are packed with, from our own samples.

Usage: python -m tools.dictionary gateway/store/dictionaries/1.zdict
A dictionary that a release has used must stay as it is: a new one gets a new name.
"""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import zstandard

from gateway.bootstrap import tables
from gateway.catalog import Contract, Item, PriceBreak, Prices, UnitFactor
from gateway.cli import generate
from gateway.edi.numbers import Numbers
from gateway.order import to_json
from gateway.partner import Directory, Profile, load
from gateway.pipeline.answer import answer
from gateway.pipeline.effects import Keep, Queue
from gateway.pipeline.inbound import read
from gateway.pipeline.rules import Rules
from gateway.pipeline.world import World
from tests.starters import ROOT, starter_prices

SIZE = 49_152
NOW = dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC)
_MADE, _RANGE = 150, 9_000_000


def main() -> None:
    """Write the dictionary to the file that is named."""
    samples: list[bytes | bytearray | memoryview] = []
    for whole in (_of_partners(), _made()):
        samples += whole
    trained = zstandard.train_dictionary(SIZE, samples, level=3)
    Path(sys.argv[1]).write_bytes(trained.as_bytes())
    print(f"{len(samples)} samples, {len(trained)} bytes")


def _of_partners() -> Iterator[bytes]:
    """What is stored of every sample of the starter partners."""
    for folder in sorted((ROOT / "partner_profiles").iterdir()):
        profile = load((folder / "profile.yaml").read_text("utf-8"), folder.name)
        assert isinstance(profile, Profile)
        prices = {profile.id: starter_prices(folder.name)}
        for file in sorted(folder.glob("samples/*.edi")):
            for times in range(3):  # alike as they are, they are not made up
                yield from _stored(file.read_bytes(), profile, prices, str(times))


def _made() -> Iterator[bytes]:
    """What is stored of orders that are made up."""
    profile = load(generate.PROFILE, "bench")
    assert isinstance(profile, Profile)
    start, end = dt.date(2026, 1, 1), dt.date(2029, 12, 31)
    contract = Contract(
        id="B-1", number="B-1", currency="USD", valid_from=start, valid_to=end
    )
    for n in range(1, _MADE):
        raw = generate.plain_orders(1, 1 + n % 15, items=_RANGE, number=n, seed=n)
        numbers = {part[2:9] for part in raw.decode().split("*") if part[:2] == "W-"}
        prices = Prices.of([contract], (_item(int(number)) for number in numbers))
        yield from _stored(raw, profile, {"bench": prices}, str(n))


def _item(number: int) -> Item:
    return Item(
        contract_id="B-1",
        sku=generate.sku(number),
        base_unit="EA",
        units=(UnitFactor("EA", Fraction(1), "EA"),),
        prices=(
            PriceBreak(from_qty=Decimal(1), amount=generate.price(number), unit="EA"),
        ),
        buyer_parts=(generate.buyer_part(number),),
    )


def _stored(
    raw: bytes, profile: Profile, prices: dict[str, Prices], seed: str
) -> Iterator[bytes]:
    rules = Rules(tables(), Directory.of([profile]))
    found = read([raw], rules, receipt_id=f"rcp_{seed}")
    yield raw
    for effect in answer(found, World(now=NOW, prices=prices)):
        if isinstance(effect, Keep):
            yield to_json(effect.order).encode()
            yield to_json(effect.ack).encode()
            yield effect.report.encode()
        elif isinstance(effect, Queue):
            number = int(seed) * 7 + 1
            yield effect.draft.finish(
                Numbers(interchange=number, group=number, message=number), NOW
            )


if __name__ == "__main__":
    main()
