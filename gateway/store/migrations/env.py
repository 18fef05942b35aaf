"""Runs the migrations on the connection that ``Database.migrate`` passes in."""

from alembic import context

from gateway.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=False,  # the caller has begun, and commits
)
context.run_migrations()
