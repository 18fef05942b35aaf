from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from gateway.config import Settings


def test_the_database_lies_in_the_home_folder(tmp_path: Path):
    settings = Settings(home=tmp_path)

    assert settings.database_url == f"sqlite:///{tmp_path}/gateway.sqlite3"


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("GATEWAY_ENV", "production")
    monkeypatch.setenv("GATEWAY_MAX_ATTEMPTS", "7")

    settings = Settings()

    assert (settings.env, settings.max_attempts) == ("production", 7)


def test_settings_do_not_change():
    with pytest.raises(ValidationError):
        Settings().port = 1


@pytest.mark.parametrize(
    ("name", "value"),
    [("GATEWAY_PORT", "65536"), ("GATEWAY_ENV", "test"), ("GATEWAY_LEASE_S", "0")],
)
def test_a_value_out_of_range_is_refused(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv(name, value)

    with pytest.raises(ValidationError):
        Settings()
