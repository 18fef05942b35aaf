"""A bundle that proves itself, as a file for whoever wants to take it away."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from typing import IO

from fastapi import Response
from fastapi.responses import StreamingResponse

from gateway.engine.proving import damage, evidence_of
from gateway.evidence import bundle
from gateway.web.console.desk import Desk, page_headers
from gateway.web.console.sentences import against

__all__ = ["proof"]

_CHUNK = 64 * 1024


def proof(desk: Desk, id_: str) -> Response:
    """All that proves what has this id; who may see it was asked before."""
    engine = desk.parts.engine
    gathered = evidence_of(engine, id_)
    if gathered is None:
        return desk.not_found()
    if wrong := damage(gathered):
        return against(desk, wrong)
    file = tempfile.TemporaryFile()  # noqa: SIM115  closed when it was read
    bundle.write(gathered.evidence, engine.anchor.signer(), file)
    file.seek(0)
    headers = page_headers(desk) | {
        "Content-Disposition": f'attachment; filename="{id_}.zip"'
    }
    return StreamingResponse(
        _chunks(file), headers=headers, media_type="application/zip"
    )


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while chunk := file.read(_CHUNK):
            yield chunk
