"""Time-stamps in XML by other makers are over the octets that we take for theirs."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator

import pytest
from asn1crypto import tsp

from gateway.safexml import Element, Xml, read
from gateway.trust.opened import OpenedSignature
from gateway.trust.xmldsig.structure import DSIG
from gateway.trust.xmldsig.xades import Stamp
from tests.conformance.corpus import SHARED

TRUST = SHARED / "corpus" / "trust"
pytestmark = pytest.mark.skipif(not TRUST.is_dir(), reason="the corpus is not at hand")


def signatures() -> Iterator[Element]:
    """Those of the corpus that have a time-stamp over their value."""
    for file in sorted(TRUST.rglob("*.xml")):
        data = file.read_bytes()
        found = read(data, is_whole=True) if b"SignatureTimeStamp" in data else None
        if isinstance(found, Xml):
            yield from found.root.iter(f"{DSIG}Signature")


def is_over(stamp: Stamp) -> bool:
    """Whether the token's imprint is that of the octets."""
    content = OpenedSignature.read(stamp.token).content
    imprint = tsp.TSTInfo.load(content)["message_imprint"]
    digest = imprint["hash_algorithm"]["algorithm"].native
    made: bytes = hashlib.new(digest, stamp.over).digest()
    return bool(made == imprint["hashed_message"].native)


def test_the_imprint_of_every_time_stamp_agrees():
    found = Counter(
        is_over(stamp)
        for one in signatures()
        if (stamp := Stamp.first(one, one[1])) is not None
    )
    assert found == {True: 27}
