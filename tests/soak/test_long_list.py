"""A revocation list of 300,000 entries: until it can be asked, and each look-up."""

from __future__ import annotations

import sys
import time
from datetime import timedelta
from statistics import median, quantiles

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from gateway.store import revocations
from gateway.store.database import Database
from gateway.trust import der
from gateway.trust.ber import values
from gateway.trust.pki.crl import RevocationList
from gateway.trust.pki.signature import key_sum
from tests import pki
from tests.pki import DAY, NOW
from tests.unit.pipeline.test_signed import authority, known, signer

pytestmark = pytest.mark.soak

ENTRIES = 300_000
MOST_S, MOST_LOOK_S = 2.0, 0.005
LOOKS = 200
REASON = bytes.fromhex("300c300a0603551d1504030a0101")


def long_list(entries: int) -> bytes:
    """A list of the test's authority with so many numbers on it."""
    tbs, algorithm, _ = values(pki.revocations(authority()), der.SEQUENCE)
    parts = values(tbs, der.SEQUENCE)
    times = [der.time(NOW - DAY - timedelta(minutes=n)) for n in range(50_000)]
    rows = b"".join(
        der.sequence(der.integer(1_000_003 * n + 7), times[n % len(times)], REASON)
        for n in range(entries)
    )
    end = max(n for n, one in enumerate(parts) if one[:1] in (b"\x17", b"\x18")) + 1
    whole = der.sequence(*parts[:end], der.sequence(rows), *parts[end:])
    key = authority().key
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    signed = key.sign(whole, ec.ECDSA(hashes.SHA256()))
    return der.sequence(whole, algorithm, der.value(der.BITS, b"\0", signed))


def test_a_long_list_is_usable_in_time_and_quick_to_ask(db: Database, kind: str):
    data, key = long_list(ENTRIES), authority().key.public_key()
    begun = time.process_time()
    found = RevocationList.read(data)
    assert found.is_signed_by(key)
    revocations.keep(db, found, key_sum(key), "test", NOW)
    usable = time.process_time() - begun
    looks = [_look(db) for _ in range(LOOKS)]
    told = f"usable in {usable:.1f} s, look-up {median(looks) * 1000:.1f} ms"
    sys.stdout.write(
        f"{kind}: {told}, p95 {quantiles(looks, n=20)[-1] * 1000:.1f} ms\n"
    )
    assert usable < MOST_S
    assert median(looks) < MOST_LOOK_S


def _look(db: Database) -> float:
    one, begun = known(signer()), time.process_time()
    with db.read() as tx:
        (there,) = revocations.facts_about(tx, [one], NOW).lists
    assert there.entry(one.serial, one.issuer) is None
    return time.process_time() - begun
