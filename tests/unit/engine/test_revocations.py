"""Lists that are fetched again before they end, and responders that are asked."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID

from gateway.engine.signed import Came, take
from gateway.jobs import poll_beside
from gateway.partner.trust import Trust
from gateway.store import list_sources, revocations
from gateway.store.evidence import gather
from gateway.store.list_sources import ListSource
from gateway.store.signed import SignedDocument
from tests import pki
from tests.authority_server import AuthorityServer, authority_server
from tests.pki import DAY, Holder, certificate, signature
from tests.unit.engine.starter_house import Door, House
from tests.unit.engine.test_calling import called
from tests.unit.engine.test_signed import SAMPLE
from tests.unit.pipeline.parts import NOW
from tests.unit.pipeline.test_signed import authority, root

HOURS = timedelta(hours=1)
HERE = "127.0.0.0/8"


@pytest.fixture
def there() -> Iterator[AuthorityServer]:
    with authority_server() as server:
        yield server


@pytest.fixture
def near(monkeypatch: pytest.MonkeyPatch) -> None:
    """Our own network may be fetched from, which it may not as a rule."""
    monkeypatch.setenv("GATEWAY_FETCH_NETWORKS", HERE)


def built(house: Door, **more: Any) -> House:
    anchors = [{"pem": root().pem}]
    below = [{"pem": authority().pem}]
    trust = {"anchors": anchors, "intermediates": below} | more
    Trust.model_validate(trust)
    return house("acme", trust=trust)


def list_of(one: Holder, *revoked: Holder, **how: Any) -> bytes:
    rows = [(each.certificate.serial_number, NOW - DAY) for each in revoked]
    how = {"since": NOW - HOURS, "until": NOW + DAY} | how
    return pki.revocations(one, *rows, **how)


def refreshed(here: House, **later: float) -> list[ListSource]:
    here.now += timedelta(**later)
    here.gateway.engine.revocations.refresh()
    with here.gateway.db.read() as tx:
        return list_sources.every(tx)


def kept(here: House) -> list[datetime]:
    with here.gateway.db.read() as tx:
        return [row.until for row in revocations.listed(tx)]


def posted(here: House, signer: Holder, data: bytes = SAMPLE) -> SignedDocument:
    profile = here.gateway.engine.rules.directory.profiles["acme"]
    signed = signature(data, signer)
    came = Came(profile=profile, data=signed, peer="x", received_at=here.now)
    return take(here.gateway.engine, came, here.now)


def named(there: AuthorityServer, name: str = "Fetched", **how: str) -> Holder:
    """A signer whose certificate says where its list and its responder are."""
    extensions: list[tuple[x509.ExtensionType, bool]] = []
    if "crl" in how:
        at = x509.UniformResourceIdentifier(there.url + how["crl"])
        point = x509.DistributionPoint([at], None, None, None)
        extensions.append((x509.CRLDistributionPoints([point]), False))
    if "ocsp" in how:
        at = x509.UniformResourceIdentifier(there.url + how["ocsp"])
        told = x509.AccessDescription(AuthorityInformationAccessOID.OCSP, at)
        extensions.append((x509.AuthorityInformationAccess([told]), False))
    return certificate(name, authority(), extensions=extensions)


# Lists, by the job.


@pytest.mark.usefixtures("near")
def test_a_list_of_the_profile_is_fetched_kept_and_asked_for_again(house, there):
    url = there.serve("/root.crl", list_of(root()), etag='"1"')
    here = built(house, lists=[{"url": url}])
    (first,) = refreshed(here)
    assert (first.until, first.said) == (NOW + DAY, "")
    refreshed(here, hours=1)
    assert there.paths == ["/root.crl"]
    refreshed(here, hours=3, minutes=1)
    assert there.asked[1][1]["if-none-match"] == '"1"'
    assert kept(here) == [NOW + DAY]


@pytest.mark.usefixtures("near")
def test_a_newer_list_is_believed_and_the_older_one_stays(house, there):
    url = there.serve("/a.crl", list_of(root()))
    here = built(house, lists=[{"url": url}])
    refreshed(here)
    newer = list_of(root(), number=2, since=NOW + HOURS, until=NOW + 3 * DAY)
    there.serve("/a.crl", newer)
    (found,) = refreshed(here, hours=5)
    assert found.until == NOW + 3 * DAY
    assert kept(here) == [NOW + 3 * DAY, NOW + DAY]


@pytest.mark.usefixtures("near")
def test_a_list_in_pem_and_one_of_what_changed_are_kept(house, there):
    whole = x509.load_der_x509_crl(list_of(root()))
    pem = whole.public_bytes(Encoding.PEM)
    urls = [
        there.serve("/pem.crl", pem),
        there.serve("/delta.crl", list_of(root(), number=3, base=1)),
    ]
    here = built(house, lists=[{"url": url} for url in urls])
    assert [one.said for one in refreshed(here)] == ["", ""]
    assert len(kept(here)) == 2


@pytest.mark.usefixtures("near")
@pytest.mark.parametrize(
    "body",
    [
        lambda: list_of(certificate("Stranger", ca=True)),
        lambda: list_of(root(), signed_by=certificate("Stranger", ca=True)),
        lambda: list_of(certificate("No authority", authority())),
        lambda: b"<html>not found</html>",
    ],
    ids=["stranger", "another key", "no authority", "no list"],
)
def test_a_list_that_is_not_believed_does_not_replace_what_is_kept(house, there, body):
    url = there.serve("/a.crl", list_of(root()))
    here = built(house, lists=[{"url": url}])
    refreshed(here)
    there.serve("/a.crl", body())
    (found,) = refreshed(here, hours=5)
    assert found.said
    assert found.until == NOW + DAY
    assert kept(here) == [NOW + DAY]


@pytest.mark.usefixtures("near")
def test_a_look_that_fails_is_tried_again_later_and_later(house, there):
    url = there.says("/a.crl", 503)
    here = built(house, lists=[{"url": url}])
    looks = [refreshed(here, minutes=minutes)[0] for minutes in (0, 1, 1, 1, 1, 1)]
    assert len(there.paths) == 3  # at once, after one minute, after two more
    assert looks[-1].said == "HTTP 503"


@pytest.mark.usefixtures("near")
def test_two_nodes_fetch_a_list_once(house, there):
    url = there.serve("/a.crl", list_of(root()))
    here = built(house, lists=[{"url": url}])
    for _ in range(3):
        here.gateway.engine.revocations.refresh()
    assert there.paths == ["/a.crl"]


@pytest.mark.usefixtures("near")
def test_a_gateway_at_work_fetches_by_itself(house, there):
    url = there.serve("/a.crl", list_of(root()))
    here = built(house, lists=[{"url": url}])
    fetched = threading.Event()
    there.pages["/a.crl"] = _then(there.pages["/a.crl"], fetched.set)
    stop = threading.Event()

    def work(until: threading.Event) -> bool:
        return fetched.wait(10)

    gateway = here.gateway
    poll_beside(work, gateway.engine, gateway.pickup, stop)
    assert kept(here) == [NOW + DAY]


def _then(page: Any, told: Callable[[], None]) -> Any:
    def answer(headers: dict[str, str], sent: bytes) -> Any:
        told()
        return page(headers, sent)

    return answer


# Where nothing may be fetched from.


@pytest.mark.usefixtures("near")
def test_attack_redirect_to_another_address(house, there):
    with authority_server() as inner:
        secret = inner.serve("/secret", list_of(root()))
        url = there.says("/a.crl", 302, Location=secret)
        (found,) = refreshed(built(house, lists=[{"url": url}]))
    assert "redirect" in found.said
    assert inner.asked == []


def test_attack_address_in_our_own_network(house, there):
    url = there.serve("/a.crl", list_of(root()))
    (found,) = refreshed(built(house, lists=[{"url": url}]))
    assert "network" in found.said
    assert there.asked == []


@pytest.mark.usefixtures("near")
def test_attack_address_that_no_profile_allows(house, there):
    """A certificate that is believed names an address, and still nobody goes there."""
    there.serve("/a.crl", list_of(authority()))
    here = built(house, fetch_from="crl.example.com", ocsp="prefer")
    kept_ = posted(here, named(there, crl="/a.crl", ocsp="/ocsp"))
    assert kept_.report["constraint"] == "path.revocation"
    assert there.asked == []


@pytest.mark.usefixtures("near")
def test_attack_address_in_a_certificate_that_nobody_believes(house, there):
    """Only what leads to an anchor may say where to go."""
    there.serve("/a.crl", list_of(authority()))
    here = built(house, fetch_from=there.url, ocsp="prefer")
    point = x509.UniformResourceIdentifier(there.url + "/a.crl")
    points = x509.CRLDistributionPoints(
        [x509.DistributionPoint([point], None, None, None)]
    )
    kept_ = posted(here, certificate("Mallory", ca=True, extensions=[(points, False)]))
    assert kept_.verdict != "passed"
    assert there.asked == []


# While a document waits.


@pytest.mark.usefixtures("near")
def test_the_list_that_a_signer_names_is_fetched_before_it_is_judged(house, there):
    there.serve("/authority.crl", list_of(authority()))
    url = there.serve("/root.crl", list_of(root()))
    here = built(house, fetch_from=there.url, lists=[{"url": url}])
    refreshed(here)
    signer = named(there, crl="/authority.crl")
    assert posted(here, signer).verdict == "passed"
    assert posted(here, signer, SAMPLE.replace(b"1201", b"1202")).verdict == "passed"
    assert there.paths == ["/root.crl", "/authority.crl"]
    refreshed(here, hours=5)  # from now on the job looks after it
    assert sorted(there.paths[2:]) == ["/authority.crl", "/root.crl"]


Says = Callable[[Holder], bytes]


def responder(there: AuthorityServer, signer: Holder, says: Says) -> None:
    def page(headers: dict[str, str], sent: bytes) -> Any:
        asked = ocsp.load_der_ocsp_request(sent)
        assert asked.serial_number == signer.certificate.serial_number
        return 200, {}, says(signer)

    there.pages["/ocsp"] = page


def good(signer: Holder) -> bytes:
    return pki.answer(signer, authority(), since=NOW - HOURS, until=NOW + DAY)


def revoked(signer: Holder) -> bytes:
    at = NOW - DAY
    return pki.answer(
        signer, authority(), revoked_at=at, since=NOW - HOURS, until=NOW + DAY
    )


def asking(house: Door, there: AuthorityServer, **more: Any) -> House:
    url = there.serve("/root.crl", list_of(root()))
    here = built(
        house, fetch_from=there.url, ocsp="prefer", lists=[{"url": url}], **more
    )
    refreshed(here)
    there.asked.clear()
    return here


@pytest.mark.usefixtures("near")
def test_a_responder_is_asked_once_until_its_answer_ends(house, there):
    signer = named(there, ocsp="/ocsp")
    responder(there, signer, good)
    here = asking(house, there)
    assert posted(here, signer).verdict == "passed"
    assert posted(here, signer, SAMPLE.replace(b"1201", b"1202")).verdict == "passed"
    assert there.paths == ["/ocsp"]


@pytest.mark.usefixtures("near")
def test_what_a_responder_says_is_revoked_is_refused(house, there):
    signer = named(there, ocsp="/ocsp")
    responder(there, signer, revoked)
    found = posted(asking(house, there), signer)
    assert found.report["constraint"] == "signer.revocation"


@pytest.mark.usefixtures("near")
@pytest.mark.parametrize(
    "says",
    [
        lambda signer: good(named_other()),
        lambda signer: pki.answer(
            signer, authority(), responder=named_other(), until=NOW + DAY
        ),
        lambda signer: pki.answer(
            signer, authority(), since=NOW - 9 * DAY, until=NOW - DAY
        ),
        lambda signer: b"no answer",
    ],
    ids=["another serial", "no delegate", "too old", "no answer"],
)
def test_trap_answer_over_http_that_proves_nothing(house, there, says):
    signer = named(there, ocsp="/ocsp")
    responder(there, signer, says)
    found = posted(asking(house, there), signer)
    assert found.report["constraint"] == "path.revocation"


def named_other() -> Holder:
    return certificate("Second", authority())


@pytest.mark.usefixtures("near")
@pytest.mark.parametrize(
    ("mode", "verdict", "constraint"),
    [
        ("require", "indeterminate", "path.revocation"),
        ("hold", "indeterminate", "path.revocation.hold"),
        ("none", "passed", None),
    ],
)
def test_an_outage_of_the_responder_is_what_the_profile_says(
    house, there, mode, verdict, constraint
):
    there.says("/ocsp", 500)
    here = asking(house, there, revocation=mode)
    found = posted(here, named(there, ocsp="/ocsp"))
    assert (found.verdict, found.report["constraint"]) == (verdict, constraint)


@pytest.mark.usefixtures("near")
def test_a_responder_that_failed_is_left_alone_for_a_while(house, there):
    there.says("/ocsp", 500)
    here = asking(house, there)
    signer = named(there, ocsp="/ocsp")
    posted(here, signer)
    posted(here, signer)
    assert there.paths == ["/ocsp"]


@pytest.mark.usefixtures("near")
def test_a_responder_that_does_not_answer_costs_seconds_and_no_more(house, there):
    signer = named(there, ocsp="/ocsp")

    def late(one: Holder) -> bytes:
        time.sleep(6)
        return good(one)

    responder(there, signer, late)
    here = asking(house, there)
    begun = time.monotonic()
    found = posted(here, signer)
    assert time.monotonic() - begun < 5
    assert found.report["constraint"] == "path.revocation"


@pytest.mark.usefixtures("near")
@pytest.mark.parametrize(("says", "who"), [("good", "acme"), ("revoked", "TRU-412")])
def test_a_responder_is_asked_about_who_calls_with_a_certificate(
    house, there, says, who
):
    caller = named(there, "edi.acme.example", ocsp="/ocsp")
    responder(there, caller, good if says == "good" else revoked)
    here = asking(house, there, callers=[{"subject": {"CN": "edi.acme.example"}}])
    assert called(here, caller) == who


@pytest.mark.usefixtures("near")
def test_the_answer_is_in_the_evidence(house, there):
    signer = named(there, ocsp="/ocsp")
    responder(there, signer, good)
    here = asking(house, there)
    taken = posted(here, signer)
    engine = here.gateway.engine
    here.work()
    while engine.seal():
        pass
    keys = engine.anchor.public_keys()
    with here.gateway.db.read() as tx:
        found = gather(tx, here.gateway.db.payloads, taken.receipt_id, keys)
    assert found is not None
    suffixes = {m.name.rpartition(".")[2] for m in found.evidence.members}
    assert {"crl", "ors"} <= suffixes
