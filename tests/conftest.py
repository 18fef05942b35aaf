"""Settings every test shares."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

# `make` gives the seed (the commit's number), so a run can be repeated; nothing is
# remembered between runs in CI, and a slow machine is no finding there.
settings.register_profile("here", deadline=None)
settings.register_profile(
    "ci",
    deadline=None,
    database=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("ci" if os.environ.get("CI") == "true" else "here")
