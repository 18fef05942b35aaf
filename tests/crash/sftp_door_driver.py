"""An SFTP door with the work behind it, in a process that can be killed at a step.

Called by the zygote with HOME URL PORT STEP; STEP names the step to die at, nothing:
none. It touches ``up-NUMBER`` in the home folder once the door is open.
"""

from __future__ import annotations

import logging
import os
import threading
from pathlib import Path

import structlog

from gateway import bootstrap
from gateway.config import Settings
from gateway.engine import Engine
from gateway.engine.drop import Drop
from gateway.jobs import run, stop_on_signals
from gateway.store.database import Database
from gateway.transport import Pickup, sftp_server, transports
from tests.crash.driver import die_at

bootstrap.tables()  # before anything is forked


def main(arguments: list[str]) -> None:
    """Open the door, answer and send, until told to stop or killed."""
    home, url, port, step = arguments
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL)
    )
    settings = Settings(
        home=Path(home),
        database_url=url,
        sftp_port=int(port),
        stable_for_s=0,
        poll_interval_s=0.02,
        lease_s=2,
    )
    db = Database.open(settings)
    db.ask_time()
    known = bootstrap.active_profiles(db)
    rules, die = bootstrap.rules(known, settings), die_at(step)
    ways = transports(settings.home, known)
    engine = Engine(db, rules, settings, ways, db.time, die)
    pickup = Pickup(engine.accept, (), settings, clock=db.time)
    up = settings.home / f"up-{os.getpid()}"
    bound = sftp_server.bind(settings)
    with bound, stop_on_signals() as stop:
        work = threading.Thread(target=run, args=(engine, pickup, stop))
        work.start()
        sftp_server.serve(
            Drop(engine, db.time, die),
            settings,
            bound,
            stop,
            clock=db.time,
            started=lambda address: up.touch(),
        )
        work.join()
    engine.close()
    db.close()
