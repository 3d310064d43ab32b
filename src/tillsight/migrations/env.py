"""Alembic's entry point; `database.upgrade` hands over the connection, and its transaction."""

from alembic import context

from tillsight.database import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    on_version_apply=context.config.attributes.get("step_done"),
)
context.run_migrations()
