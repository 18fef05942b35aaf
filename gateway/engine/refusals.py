"""What a database refuses, in its own words, and what an operator can do about it."""

from __future__ import annotations

_BY_STATE = {
    "25006": "It is read-only: name the primary, not a standby.",
    "42501": "Let the role of GATEWAY_DATABASE_URL own the database and its tables.",
    "42P01": "A table is missing: restore a backup.",
    "42703": "A column is missing: run one version of the gateway only.",
    "53100": "Make room on the server's disk.",
    "53300": "Raise max_connections of the server, or lower"
    " GATEWAY_DATABASE_CONNECTIONS.",
}
_BY_WORDS = (
    ("permission denied", _BY_STATE["42501"]),
    ("no such table", _BY_STATE["42P01"]),
    ("no such column", _BY_STATE["42703"]),
    ("too many clients", _BY_STATE["53300"]),
    ("remaining connection slots", _BY_STATE["53300"]),
    ("pool_mode", "Set it for this database in PgBouncer, or name the server itself."),
    ("certificate", "Mend sslmode, sslrootcert or the host in GATEWAY_DATABASE_URL."),
    ("password", "Mend the password in GATEWAY_DATABASE_URL, or the role's."),
    ("no pg_hba.conf entry", "Mend pg_hba.conf, or ask for TLS: ?sslmode=require."),
    ("does not exist", "Make it, or mend the name in GATEWAY_DATABASE_URL."),
    ("statement timeout", "Take statement_timeout off the role, or look what blocks."),
    ("lock timeout", "Look which transaction of another blocks it."),
    ("not a database", "Restore a backup: gateway restore."),
    ("malformed", "Restore a backup: gateway restore."),
    ("is full", "Make room on the disk."),
    ("readonly", "Give the file and its folder to the user of the gateway."),
    ("unable to open", "Give the file and its folder to the user of the gateway."),
    ("is locked", "Look which other process holds the file, and end it."),
)
_ELSE = "Look whether it runs, at GATEWAY_DATABASE_URL, its log and its disk."


def refusal(problem: Exception) -> tuple[str, str]:
    """The first line of what it says, without the statement; and what to do."""
    said = getattr(problem, "orig", None) or problem
    lines = str(said).strip().splitlines()
    what = lines[0] if lines else type(said).__name__
    state = getattr(said, "sqlstate", None) or ""
    if state in _BY_STATE:
        return what, _BY_STATE[state]
    whole = str(said).lower()
    return what, next((fix for words, fix in _BY_WORDS if words in whole), _ELSE)
