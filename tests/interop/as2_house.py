"""A gateway's home whose partner comes by AS2, with keys of both sides."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import yaml
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from gateway.config import Settings
from gateway.store import own_keys, profiles
from gateway.store.database import Database
from gateway.store.own_keys import KeptKey, NewKey
from gateway.trust.keyring import Certified, Use
from tests.interop.as2_peer import OURS, THEIRS, Party
from tests.interop.conftest import BUYER, prepare
from tests.starters import texts

BOTH_USES = ("as2_sign", "as2_encrypt")


def channel(**changes: Any) -> dict[str, Any]:
    """The AS2 channel of the partner, as its profile has it."""
    return {
        "id": "as2",
        "kind": "as2",
        "url": "http://127.0.0.1:1/as2",
        "names": {"ours": OURS, "theirs": THEIRS},
        "security": {"require": ["signature"]},
        **changes,
    }


def furnish(settings: Settings, ours: Party, theirs: Party, **changes: Any) -> None:
    """Make a gateway that knows the partner, its certificate, and a key of ours."""
    prepare(settings)
    now = datetime.now(UTC) - timedelta(seconds=1)
    db = Database.open(settings)
    key = load_pem_private_key(ours.key.read_bytes(), None)
    mine = Certified(
        certificate=x509.load_pem_x509_certificate(ours.certificate.read_bytes()),
        uses=frozenset((Use.AS2_SIGN, Use.AS2_ENCRYPT)),
        name=ours.name,
    )
    new = NewKey(
        certified=mine,
        private_key=key,  # type: ignore[arg-type]  # RSA, as the party was made
        reference=f"file:{ours.key}",
    )
    with db.begin() as tx:
        kept = own_keys.add(tx, db.payloads.keys, new, "created", now)
        assert isinstance(kept, KeptKey), kept
    db.close()
    profile(settings, theirs, **changes)


def profile(settings: Settings, *theirs: Party, **changes: Any) -> None:
    """Put the partner's profile in force with this channel and these certificates."""
    facts = texts(BUYER / "profile.yaml")
    facts["channels"].append(channel(**changes))
    facts["certificates"] = [
        {"pem": one.certificate.read_text(), "uses": list(BOTH_USES)} for one in theirs
    ]
    db = Database.open(settings)
    with db.begin() as tx:
        profiles.apply(tx, BUYER.name, yaml.safe_dump(facts), datetime.now(UTC))
    db.close()
