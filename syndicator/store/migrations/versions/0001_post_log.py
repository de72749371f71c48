"""The post log as first released. Frozen: later changes are new revisions."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from syndicator.store.columns import Instant

revision = "0001"
down_revision = None

STATES = "'held', 'queued', 'sending', 'processing', 'unknown', 'attention', 'published', 'rejected', 'skipped'"
RESULTS = "'open', 'published', 'processing', 'not sent', 'refused', 'unknown'"
SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create every table of the post log."""
    _log()
    _sources()
    _articles()
    _posts()
    _posts_indexes()
    _attempts()
    _history()
    _channels()
    _media()


def _text(*names: str, **options: Any) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.Text(), **({"nullable": False} | options)) for name in names]


def _number(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.Integer(), nullable=False) for name in names]


def _flag(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.Boolean(), nullable=False) for name in names]


def _at(*names: str, nullable: bool = True) -> list[sa.Column[Any]]:
    return [sa.Column(name, Instant(), nullable=nullable) for name in names]


def _key(table: str, column: str = "id") -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(column, name=op.f(f"pk_{table}"))


def _unique(table: str, *columns: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint(*columns, name=op.f(f"uq_{table}_{'_'.join(columns)}"))


def _check(name: str, law: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(law, name=op.f(f"ck_{name}"))


def _reference(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}_{other}"))


def _serial() -> sa.Column[Any]:
    return sa.Column("id", SERIAL, nullable=False)


def _index(table: str, *columns: str) -> None:
    op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, list(columns))


def _partial(name: str, law: str, table: str, *columns: str, unique: bool = False) -> None:
    where = sa.text(law)
    op.create_index(name, table, list(columns), unique=unique, sqlite_where=where, postgresql_where=where)


def _log() -> None:
    op.create_table(
        "genesis",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        *_text("log_id"),
        *_at("created_at", nullable=False),
        *_text("timeline", nullable=True),
        _check("genesis_only_one", "id = 1"),
        _key("genesis"),
    )


def _sources() -> None:
    op.create_table(
        "sources",
        *_text("name"),
        *_text("etag", "last_modified", "url", nullable=True),
        *_at("baseline_at", "last_polled_at", "last_success_at", "next_poll_at"),
        sa.Column("failures", sa.Integer(), nullable=False, server_default=sa.text("0")),
        *_text("last_error", server_default=sa.text("''")),
        _key("sources", "name"),
    )


def _articles() -> None:
    op.create_table(
        "articles",
        *_text("id", "guid", "url", "canonical_url", "title", "summary"),
        *_at("published_at", "updated_at"),
        *_text("authors", "tags", "labels"),
        *_text("image", "language", nullable=True),
        *_text("source"),
        *_at("first_seen_at", nullable=False),
        *_at("planned_at"),
        _key("articles"),
    )
    _index("articles", "source", "first_seen_at")
    _partial("ix_articles_unplanned", "planned_at IS NULL", "articles", "first_seen_at")
    op.create_table(
        "aliases",
        *_text("alias", "article_id"),
        _reference("aliases", "article_id", "articles"),
        _key("aliases", "alias"),
    )
    _index("aliases", "article_id")
    op.create_table(
        "revisions",
        _serial(),
        *_text("article_id"),
        *_at("at", nullable=False),
        *_text("title", "summary", "url"),
        _reference("revisions", "article_id", "articles"),
        _key("revisions"),
    )
    _index("revisions", "article_id")


def _posts() -> None:
    op.create_table(
        "posts",
        *_text("id", "key", "article_id", "channel", "platform"),
        *_number("edition"),
        *_text("state", "reason", "template"),
        *_at("due_at", "expires_at", "created_at", "changed_at", nullable=False),
        *_text("token", nullable=True),
        *_at("lease_until"),
        *_number("attempts"),
        *_flag("clean"),
        *_text("payload", "payload_sha256", "staged", nullable=True),
        *_at("doubt_at", "intent_at", "settle_from"),
        *_number("absences"),
        *_flag("after_duplicate"),
        *_at("next_look_at"),
        *_text("pending", "remote_id", "remote_url", nullable=True),
        *_at("published_at"),
        *_text("text", nullable=True),
        *_text("note"),
        *_posts_laws(),
    )


def _posts_laws() -> list[sa.Constraint]:
    return [
        _key("posts"),
        _reference("posts", "article_id", "articles"),
        _unique("posts", "article_id", "channel", "edition"),
        _unique("posts", "channel", "remote_id"),
        _check("posts_state", f"state IN ({STATES})"),
        _check("posts_published_has_receipt", "(state = 'published') = (remote_id IS NOT NULL)"),
        _check(
            "posts_receipt_complete",
            "(remote_id IS NULL) = (published_at IS NULL) AND (remote_id IS NULL) = (remote_url IS NULL)",
        ),
        _check("posts_receipt_named", "remote_id <> ''"),
        _check("posts_sending_has_token", "(state = 'sending') = (token IS NOT NULL)"),
        _check("posts_token_has_lease", "(token IS NULL) = (lease_until IS NULL)"),
        _check("posts_sending_has_payload", "state <> 'sending' OR payload IS NOT NULL"),
        _check("posts_payload_has_hash", "(payload IS NULL) = (payload_sha256 IS NULL)"),
        _check("posts_counters", "edition >= 0 AND attempts >= 0 AND absences >= 0"),
    ]


def _posts_indexes() -> None:
    _partial("uq_posts_one_sending", "state = 'sending'", "posts", "channel", unique=True)
    _partial("ix_posts_due", "state = 'queued'", "posts", "channel", "due_at", "created_at")
    _partial("ix_posts_next_due", "state = 'queued'", "posts", "due_at")
    _partial("ix_posts_lease", "state = 'sending'", "posts", "lease_until")
    _partial("ix_posts_look", "state = 'unknown'", "posts", "next_look_at")
    _partial("ix_posts_processing", "state = 'processing'", "posts", "changed_at")
    _partial("ix_posts_waiting", "state IN ('held', 'queued', 'processing')", "posts", "expires_at")
    _index("posts", "channel", "state")
    _index("posts", "changed_at")


def _attempts() -> None:
    op.create_table(
        "attempts",
        *_text("token", "post_id"),
        *_number("n"),
        *_text("channel", "node"),
        *_at("opened_at", nullable=False),
        *_at("fenced_at", "closed_at"),
        *_text("result"),
        *_text("reason", server_default=sa.text("''")),
        *_text("code", nullable=True),
        sa.Column("http_status", sa.Integer(), nullable=True),
        *_text("request_id", nullable=True),
        *_at("platform_at"),
        *_text("payload_sha256"),
        sa.Column("cost", sa.BigInteger(), nullable=False),
        _key("attempts", "token"),
        _reference("attempts", "post_id", "posts"),
        _unique("attempts", "post_id", "n"),
        _check("attempts_result", f"result IN ({RESULTS})"),
        _check("attempts_closed_has_result", "(result = 'open') = (closed_at IS NULL)"),
        _check("attempts_counted", "n >= 1"),
    )
    _index("attempts", "channel", "fenced_at")


def _history() -> None:
    op.create_table(
        "look_ups",
        _serial(),
        *_text("post_id"),
        *_at("at", nullable=False),
        *_at("platform_at"),
        *_flag("complete", "permitted"),
        *_number("seen", "hits"),
        *_text("note"),
        _reference("look_ups", "post_id", "posts"),
        _key("look_ups"),
    )
    _index("look_ups", "post_id")
    op.create_table(
        "events",
        _serial(),
        *_text("post_id"),
        *_at("at", nullable=False),
        *_text("from_state", nullable=True),
        *_text("event", "to_state", "reason", "node"),
        _reference("events", "post_id", "posts"),
        _key("events"),
    )
    _index("events", "post_id")


def _channels() -> None:
    op.create_table(
        "channels",
        *_text("name"),
        *_at("paused_at", "paused_until"),
        *_text("reason"),
        _check("channels_until_is_a_pause", "paused_until IS NULL OR paused_at IS NOT NULL"),
        _key("channels", "name"),
    )


def _media() -> None:
    op.create_table(
        "media",
        *_text("sha256", "mime"),
        *_number("width", "height"),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("bytes", sa.LargeBinary(), nullable=False),
        _check("media_digest", "length(sha256) = 64"),
        _check("media_size", "length(bytes) = size"),
        _key("media", "sha256"),
    )
