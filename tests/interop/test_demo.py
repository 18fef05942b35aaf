"""``gateway demo`` as `make demo` runs it: a real server, real folders, no terminal."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest

from tests.databases import POSTGRESQL, Server


@pytest.mark.parametrize(
    "kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.soak)]
)
def test_the_demo_answers_everything_and_stops_by_itself(
    kind: str, request: pytest.FixtureRequest
):
    url = ""
    if kind == POSTGRESQL:
        server: Server = request.getfixturevalue("server")
        url = server.emptied
    begun = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "gateway", "demo"],
        env={**os.environ, "GATEWAY_DATABASE_URL": url},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=80,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert time.monotonic() - begun < 60
    assert "23 interchanges were answered" in done.stdout
    assert "The gateway answers at http://127.0.0.1:" in done.stdout
    assert "the stored bytes again" in done.stdout
    assert "HTTP 200, MDN: processed; its signature and its MIC" in done.stdout
    assert done.stdout.count("edi, encrypted and signed: processed") == 2
    assert "855, 865, 856, 856, 810, 810: the buyer acknowledged each" in done.stdout
    assert "PO QR800101  invoiced" in done.stdout
    assert "aldersey-power  PO AP-104711  confirmed" in done.stdout
    assert "ConfirmationRequest, posted to the buyer" in done.stdout
    assert "price: cart ses_" in done.stdout
    assert "order.p7m: passed, signed by" in done.stdout
    assert "TRU-403 crypto.content: the content is not what was signed" in done.stdout
    assert "fort-hallam  PO FH26-0001  confirmed" in done.stdout
    assert "order.xml: passed, signed by" in done.stdout
    assert "greywater-authority  PO GW-26-0101  confirmed" in done.stdout
    assert "TRU-403 forged.xml: crypto.content" in done.stdout
    assert "TRU-432: the signature is not over the Body in its place" in done.stdout
    assert "fort-hallam  PO FH26-0006  confirmed" in done.stdout
    for name in ("--- CONTRL", "--- ORDRSP", "--- DESADV", "--- INVOIC"):
        assert name in done.stdout
    for wire in ("BAK*00*AD*", "ACK*R2*", "ACK*R3*", "AK5*R*4~", "AK3*REF*", "ENV-020"):
        assert wire in done.stdout
