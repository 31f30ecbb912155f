"""Runs the revisions: one connection, a lock, and time limits, so that a migration cannot hurt."""

from importlib import import_module

from alembic import context
from sqlalchemy import create_engine, text
from sqlmodel import SQLModel

from djplatform import registry
from djplatform.core.db.engine import sqlalchemy_url

_LOCK = 7163002
"""Two processes that migrate at once wait for each other."""


def _load_models() -> None:
    import_module("djplatform.core.idempotency")
    for feature in registry.features():
        for module in feature.models:
            import_module(module)


_WITHOUT_MODEL = {"audit_log", "realtime_channels", "realtime_events"}
"""Written and read through definer functions only, so no model exists that could drift."""


def _ours(name: str | None, kind: str, _parent: object) -> bool:
    if kind == "table":
        return name not in _WITHOUT_MODEL
    return kind != "schema" or name in {None, "public"}


def run() -> None:
    """Upgrade or downgrade on the connection that the caller names."""
    _load_models()
    engine = create_engine(sqlalchemy_url(context.config.attributes["url"]))
    with engine.connect() as connection:
        connection.execute(text("select pg_advisory_lock(:key)"), {"key": _LOCK})
        connection.execute(text("set lock_timeout = '5s'"))
        connection.execute(text("set statement_timeout = '120s'"))
        connection.commit()
        context.configure(
            connection=connection,
            target_metadata=SQLModel.metadata,
            transaction_per_migration=True,
            compare_type=True,
            include_name=_ours,
        )
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()


run()
