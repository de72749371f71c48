"""What is learned of a source, batches that wait for a person, and what push needs: subscriptions and deliveries."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from syndicator.store.columns import Instant

revision = "0003"
down_revision = "0002"

SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
UNPLANNED = "ix_articles_unplanned"


def upgrade() -> None:
    """Add tables and columns: every row stays as it is."""
    _batches()
    _articles()
    _sources()
    _push()


def _text(*names: str, nullable: bool = True) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.Text(), nullable=nullable) for name in names]


def _at(*names: str, nullable: bool = True) -> list[sa.Column[Any]]:
    return [sa.Column(name, Instant(), nullable=nullable) for name in names]


def _count(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.Integer(), nullable=False, server_default=sa.text("0")) for name in names]


def _partial(name: str, law: str, table: str, *columns: str) -> None:
    where = sa.text(law)
    op.create_index(name, table, list(columns), sqlite_where=where, postgresql_where=where)


def _batches() -> None:
    op.create_table(
        "batches",
        sa.Column("id", SERIAL, nullable=False),
        *_text("source", nullable=False),
        *_at("at", nullable=False),
        *_text("guard", "reason", nullable=False),
        *_count("size"),
        *_at("decided_at"),
        *_text("decision", "decided_by"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batches")),
        sa.CheckConstraint("decision IN ('released', 'dropped')", name=op.f("ck_batches_decision")),
        sa.CheckConstraint("(decided_at IS NULL) = (decision IS NULL)", name=op.f("ck_batches_decided")),
    )
    _partial("ix_batches_held", "decision IS NULL", "batches", "source")
    op.create_index("ix_batches_source_at", "batches", ["source", "at"])


def _articles() -> None:
    op.drop_index(UNPLANNED, "articles")
    # SQLite gives a table no named foreign key afterwards: there the table is copied, with foreign keys switched off.
    with op.batch_alter_table("articles") as table:
        table.add_column(sa.Column("batch", SERIAL, nullable=True))
        table.add_column(sa.Column("revised_at", Instant(), nullable=True))
        table.add_column(sa.Column("title_key", sa.Text(), nullable=True))
        table.create_foreign_key(op.f("fk_articles_batch_batches"), "batches", ["batch"], ["id"])
    _partial(UNPLANNED, "planned_at IS NULL AND batch IS NULL", "articles", "first_seen_at")
    _partial("ix_articles_held", "planned_at IS NULL AND batch IS NOT NULL", "articles", "batch")
    _partial("ix_articles_batch", "batch IS NOT NULL", "articles", "batch")
    _partial("ix_articles_title_key", "title_key IS NOT NULL", "articles", "title_key", "first_seen_at")


def _sources() -> None:
    added = [
        *_text("title"),
        sa.Column("interval", sa.Integer(), nullable=True),
        *_count("polls"),
        *_text("rhythm"),
        sa.Column("window", sa.Integer(), nullable=True),
        *_text("digest"),
        *_at("paused_at", "paused_until"),
        *_text("pause_reason"),
        *_at("gone_at"),
        *_text("moved_from", "moved_to"),
        *_at("moved_at"),
        *_count("moved_polls"),
        *_text("hub"),
    ]
    for column in added:
        op.add_column("sources", column)
    op.create_index("ix_sources_next_poll_at", "sources", ["next_poll_at"])


def _push() -> None:
    op.create_table(
        "subscriptions",
        *_text("source", "hub", "topic", "path", "secret", "state", nullable=False),
        *_at("asked_at", "verified_at", "lease_until", "last_push_at"),
        *_text("last_error"),
        sa.PrimaryKeyConstraint("source", name=op.f("pk_subscriptions")),
        sa.UniqueConstraint("path", name=op.f("uq_subscriptions_path")),
        sa.CheckConstraint("state IN ('asked', 'active', 'denied', 'ended')", name=op.f("ck_subscriptions_state")),
    )
    op.create_table(
        "deliveries",
        *_text("id", nullable=False),
        *_at("at", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
    )
    op.create_index("ix_deliveries_at", "deliveries", ["at"])
