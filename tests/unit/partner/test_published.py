"""The published JSON Schema."""

import json
from pathlib import Path

import jsonschema
import yaml

from gateway.partner.published import profile_schema

ROOT = Path(__file__).parents[3]
FILE = ROOT / "gateway/partner/profile.schema.json"
VALIDATOR = jsonschema.Draft202012Validator(json.loads(profile_schema()))


def acme():
    return yaml.safe_load((ROOT / "partner_profiles/acme/profile.yaml").read_text())


def test_the_published_schema_is_fresh():
    assert FILE.read_text("utf-8") == profile_schema()


def test_the_schema_accepts_a_starter_profile_as_an_editor_reads_it():
    assert [error.message for error in VALIDATOR.iter_errors(acme())] == []


def test_the_schema_refuses_what_the_loader_refuses():
    wrong = acme() | {"stage": "maybe", "policy": {"unknown_item": "accept"}}
    paths = {tuple(error.absolute_path) for error in VALIDATOR.iter_errors(wrong)}
    assert ("stage",) in paths
    assert ("policy", "unknown_item") in paths
