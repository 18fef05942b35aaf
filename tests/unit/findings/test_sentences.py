"""What findings say in French: every form of a sentence that readers come to see."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway import bootstrap
from gateway.config import Settings
from gateway.findings.language import Language
from gateway.findings.sentences import FORMS, told
from gateway.pipeline.explaining import explain
from gateway.pipeline.rules import Rules

FRENCH = bootstrap.spoken("fr")
SAMPLES = [
    *sorted(Path(str(bootstrap.starter("samples"))).glob("x12/*")),
    *sorted(Path(str(bootstrap.starter("partner_profiles"))).glob("*/samples/*")),
]


@pytest.mark.parametrize(
    ("english", "french"),
    [
        (
            "PO1-02 (Quantity ordered): '1,2' is not a number",
            "PO1-02 (Quantité commandée)\u00a0: '1,2' n\u2019est pas un nombre",
        ),
        (
            'PO1-01 (Line): "it\'s" is longer than 3',
            'PO1-01 (Ligne)\u00a0: "it\'s" est plus long que 3',
        ),
        ("PO1 (Order line) is missing", "PO1 (Ligne de commande) manque"),
        (
            "SAC-01 (Allowance or charge) is missing",
            "SAC-01 (Remise ou charge) manque",
        ),
        (
            "ZZ-01 (Theirs or (so) ours) is missing",
            "ZZ-01 (Theirs or (so) ours) manque",
        ),
        (
            "N4-02 (State or province) or N4-07 is not used",
            "N4-02 (État ou province) ou N4-07 n\u2019est pas utilisé",
        ),
        (
            "PO1-06 or PO1-07 is missing (P0607)",
            "PO1-06 ou PO1-07 manque (P0607)",
        ),
        (
            "PO1-06 is missing, where PO1-01 is '1' unless BEG-01 is '01'",
            "PO1-06 manque, là où PO1-01 is '1', sauf si BEG-01 is '01'",
        ),
        (
            "SE01 is '1', the message has 3 segments",
            "SE01 vaut '1', le message a 3 segments",
        ),
        (
            "':' as segment terminator is empty, a letter or digit, or used twice",
            "':' comme terminateur de segment est vide, une lettre ou un chiffre, "
            "ou sert deux fois",
        ),
    ],
)
def test_a_sentence_is_told_with_its_values(english: str, french: str):
    assert told(english, FRENCH) == french


@pytest.mark.parametrize("what", ["", "something new", "PO1: something new"])
def test_a_sentence_of_no_known_form_is_not_told(what: str):
    assert told(what, FRENCH) == ""


def test_a_sentence_that_is_mostly_data_is_not_taken_apart():
    assert told(f"{'x' * 2000!r} is no date", FRENCH) == ""


def test_without_texts_a_sentence_comes_back():
    assert told("PO1-02: '1,2' is not a number", Language("xx")) == (
        "PO1-02: '1,2' is not a number"
    )


@pytest.mark.parametrize("form", FORMS)
def test_a_form_is_its_own(form: str):
    """No form hides another one that stands behind it."""
    filled = form.format_map(
        {
            "value": "'v'",
            "sent": "9",
            "count": "3",
            "tag": "PO1",
            "place": "PO1-02",
            "other": "ST02",
            "name": "7",
            "codes": "EA",
            "condition": "P0607",
            "role": "element separator",
            "then": "PO1-02 is missing",
            "why": "page 4",
            "met": "A",
            "but": "B",
        }
    )

    assert told(filled, lambda text, **_: text) == form


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Rules:
    home = tmp_path_factory.mktemp("home")
    return bootstrap.rules(bootstrap.starter_profiles(), Settings(home=home))


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.name)
def test_all_that_is_found_in_a_sample_is_told_in_french(sample: Path, rules: Rules):
    found = explain(sample.read_bytes(), rules).all_findings

    assert [f.what for f in found if not told(f.what, FRENCH)] == []
