"""The same work done by pyx12, on a set that it has a map of."""

from __future__ import annotations

import io
from importlib.util import find_spec

from gateway.cli import bench_wire, generate
from gateway.cli.measure import MB, Row, alternating

TARGET = 20.0


def is_there() -> bool:
    """Whether pyx12 is installed."""
    return find_spec("pyx12") is not None


def peer_row(raw: bytes, sets: int, rounds: int) -> Row:
    """Our check of 850s in MB/s against pyx12's check of 835s, each with its 997."""
    by = bench_wire.rules()
    text = generate.remittances(sets, 50)
    assert "AK9*A*" in validated(text)
    ours, theirs = alternating(
        lambda: bench_wire.acknowledged(bench_wire.chunks(raw), by),
        lambda: validated(text),
        rounds,
    )
    mine, other = len(raw) / ours / MB, len(text) / theirs / MB
    return Row(
        name="850 checked, 997 written / pyx12 on its 835",
        measured=f"{mine:.1f} MB/s",
        base=f"{other:.3f} MB/s",
        figure=mine / other,
        target=TARGET,
    )


def validated(text: str) -> str:
    """The 997 that pyx12 writes after its check."""
    from pyx12.params import params  # noqa: PLC0415  an extra
    from pyx12.x12n_document import x12n_document  # noqa: PLC0415  an extra

    answer = io.StringIO()
    x12n_document(params(), io.StringIO(text), answer, None)
    return answer.getvalue()
