"""What we send is built to the byte, in constant memory, or not at all."""

from __future__ import annotations

import random
import tracemalloc
from dataclasses import replace
from io import BytesIO

import pytest

from gateway.as2 import (
    Agreement,
    Headers,
    Ids,
    Opening,
    Payload,
    Piece,
    Unready,
    build,
    read_request,
)
from gateway.partner import Profile, load
from gateway.partner.as2 import NO_SECURITY
from gateway.partner.profile import As2Channel
from gateway.trust.cms import Limits
from gateway.trust.keyring import Keyring
from tests.parties import party
from tests.unit.as2.sides import (
    EDI,
    NOW,
    answered,
    built,
    buyer,
    codes,
    ids,
    keyring,
    opened,
    receiving,
    sending,
    supplier,
)
from tests.unit.partner.test_as2 import START, channel
from tests.unit.partner.test_load import SMALL

MIB = 1 << 20
PART = Payload.of("application/edi-x12", "po.edi", EDI)


def test_without_a_key_to_sign_with_nothing_is_built() -> None:
    with pytest.raises(Unready) as wrong:
        build([PART], sending(keyring=keyring([], [supplier()])), NOW, ids())
    assert wrong.value.finding.code == "AS2-211"


def test_without_a_certificate_to_encrypt_to_nothing_is_built() -> None:
    with pytest.raises(Unready) as wrong:
        build([PART], sending(keyring=keyring([buyer()], [])), NOW, ids())
    assert wrong.value.finding.code == "AS2-211"


def test_a_message_without_documents_is_our_mistake() -> None:
    with pytest.raises(ValueError, match="at least one"):
        build([], sending(), NOW, ids())


def test_the_same_message_is_built_from_the_same_ids() -> None:
    ours = sending(encrypt="")
    fixed = Ids("<1@x>", "0123456789abcdef")
    first = build([PART], ours, NOW, fixed)
    again = build([PART], ours, NOW, fixed)
    assert b"".join(first.chunks) == b"".join(again.chunks)
    assert (first.headers, first.mics) == (again.headers, again.mics)


def test_a_subject_is_cleaned() -> None:
    made = build([PART], sending(), NOW, ids(), subject="Müller\r\nX: y")
    assert dict(made.headers)["Subject"] == "M?ller??X: y"


def test_a_document_without_a_name_has_no_disposition() -> None:
    made, _ = built(sending(sign="", encrypt=""), Payload.of("text/plain", "", EDI))
    assert "Content-Disposition" not in dict(made.headers)


def test_mics_of_an_old_digest_are_kept_only_where_it_is_allowed() -> None:
    assert "sha1" not in built()[0].mics
    assert "sha1" in built(sending(legacy=frozenset(("sha1",))))[0].mics


@pytest.mark.parametrize("cipher", ["aes256-cbc", "aes128-gcm"])
@pytest.mark.parametrize("compress", ["none", "after"])
def test_memory_is_constant_both_ways(cipher: str, compress: str) -> None:
    chunk = random.Random(1).randbytes(65536)  # noqa: S311  no secret
    count = 256
    ours = sending(encrypt=cipher, compress=compress)
    payload = Payload(
        content_type="application/edi-x12",
        name="",
        size=count * len(chunk),
        chunks=lambda: (chunk for _ in range(count)),
    )
    kept, size = _File(), [0]

    def taken(piece: Piece) -> None:
        size[0] += len(piece.data)

    tracemalloc.start()
    made = build([payload], ours, NOW, ids())
    opening = Opening(
        read_request(Headers.of(made.headers)),
        receiving(),
        NOW,
        hold=lambda: kept,
        deliver=taken,
    )
    for sent in made.chunks:
        assert opening.feed(sent) == []
    _, result = opening.finish()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (result.accepted, size[0]) == (True, 16 * MIB)
    assert peak - kept.size < 6 * MIB


class _File(BytesIO):
    """Stands for a temporary file: what it keeps is not counted."""

    @property
    def size(self) -> int:
        return self.getbuffer().nbytes * 2  # a buffer grows ahead of its content


def test_the_agreement_is_what_the_profile_says() -> None:
    loaded = load(SMALL + f"channels: [{START}}}]\n", "p")
    assert isinstance(loaded, Profile)
    agreed = Agreement.of(loaded, channel(), Keyring(), "https://us.example/as2/mdn")
    assert (agreed.partner_id, agreed.ours, agreed.theirs) == ("acme", "US", "ACME")
    assert (agreed.sign, agreed.encrypt) == ("sha256", "aes256-cbc")
    assert agreed.require == {"signature", "encryption"}
    assert agreed.receipt_url == "https://us.example/as2/mdn"
    bare = Agreement.of(loaded, _bare(channel()), Keyring(), "")
    assert (bare.sign, bare.encrypt, bare.require) == ("", "", frozenset())


def _bare(one: As2Channel) -> As2Channel:
    return one.model_copy(update={"security": NO_SECURITY})


def test_a_planned_certificate_is_read_beside_the_old_one() -> None:
    new = party("buyer-next")
    made, body = built(sending(keyring=keyring([new], [supplier()])))
    _, result, _ = answered(
        made, body, receiving(keyring=keyring([supplier()], [buyer(), new]))
    )
    assert result.signer == new.certificate


def test_every_key_of_ours_decrypts() -> None:
    old = party("supplier-before")
    made, body = built(sending(keyring=keyring([buyer()], [old])))
    both = receiving(keyring=keyring([supplier(), old], [buyer()]))
    parts, result, _ = opened(made.headers, body, both)
    assert (parts, codes(result.findings)) == ([EDI], [])


def test_an_mdn_carried_in_pieces_is_a_receipt() -> None:
    made, body = built()
    _, _, mdn = answered(made, body, receiving())
    _, result, _ = opened(mdn.headers, mdn.body, sending(), step=1)
    assert result.kind == "receipt"


def test_content_over_the_limit_is_refused() -> None:
    made, body = built(replace(sending(), encrypt=""))
    limits = Limits(content_bytes=len(EDI) - 1)
    _, result, _ = opened(
        made.headers, body, receiving(require=frozenset()), limits=limits
    )
    assert str(result.disposition) == "processed/error: unexpected-processing-error"
    assert codes(result.findings) == ["AS2-105"]
