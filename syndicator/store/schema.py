"""The tables of the post log and their laws as constraints. Migrations lead here; a test keeps the two equal.

Column names are the field names of the dataclasses in ``syndicator.model``, so a row is a value without a mapping.
"""

from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Connection,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    TextClause,
    UniqueConstraint,
    event,
    text,
)

from syndicator.model import Result, State
from syndicator.store.columns import COMPOSED, JSON, PICTURE, STRINGS, WORDS, Instant, Money, word

REVISIONS = ("0001", "0002", "0003", "0004")
"""Every schema this code can migrate from, oldest first; the last one is the schema below (a test compares)."""
VERSION_TABLE = "schema_version"
APPLICATION_ID = 0x53594E44
"""'SYND' in the header of the SQLite file says that it is ours (R23)."""

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

STATE = word(State)
_PARTIAL: list[tuple[Index, TextClause]] = []
_serial = BigInteger().with_variant(Integer, "sqlite")


def _among(column: str, words: type[StrEnum]) -> str:
    return f"{column} IN ({', '.join(repr(word.value) for word in words)})"


def _some(table: Table, name: str, law: str, *columns: str, unique: bool = False) -> None:
    """Index the rows for which ``law`` holds, and no others."""
    where = text(law)
    chosen = [table.c[column] for column in columns]
    _PARTIAL.append((Index(name, *chosen, unique=unique, sqlite_where=where), where))


@event.listens_for(metadata, "before_create")
def _tell_postgres(_target: object, connection: Connection, **_: object) -> None:
    """Say the law of such an index to PostgreSQL too. Said above, it would load 3 MB that SQLite has no use for."""
    if connection.dialect.name == "postgresql":
        for index, where in _PARTIAL:
            index.dialect_options["postgresql"]["where"] = where


genesis = Table(
    "genesis",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("log_id", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    # R14: the PostgreSQL timeline on which every commit so far was made; NULL on SQLite.
    Column("timeline", Text),
    # R14, R15: commits made between these two instants may be lost; what was not final then was looked up first.
    Column("rolled_back_from", Instant),
    Column("rolled_back_at", Instant),
    # Nothing is sent by anybody while this is set.
    Column("halted_at", Instant),
    Column("halt_reason", WORDS),
    CheckConstraint("id = 1", name="only_one"),
)

sources = Table(
    "sources",
    metadata,
    Column("name", Text, primary_key=True),
    Column("etag", WORDS),
    Column("last_modified", WORDS),
    Column("url", WORDS),
    Column("baseline_at", Instant),
    Column("last_polled_at", Instant),
    Column("last_success_at", Instant),
    Column("next_poll_at", Instant),
    Column("failures", Integer, nullable=False, server_default=text("0")),
    Column("last_error", WORDS, nullable=False, server_default=text("''")),
    # What the source calls itself, and what its polls taught: seconds between them, new items a poll, items at a time.
    Column("title", WORDS),
    Column("interval", Integer),
    Column("polls", Integer, nullable=False, server_default=text("0")),
    Column("rhythm", JSON),
    Column("window", Integer),
    # SHA-256 of the last complete body: an equal one needs no parsing.
    Column("digest", Text),
    Column("paused_at", Instant),
    Column("paused_until", Instant),
    Column("pause_reason", WORDS),
    # F17, F16: since when it answers "gone", and where it says that it went.
    Column("gone_at", Instant),
    Column("moved_from", WORDS),
    Column("moved_to", WORDS),
    Column("moved_at", Instant),
    Column("moved_polls", Integer, nullable=False, server_default=text("0")),
    Column("hub", WORDS),
)
Index(None, sources.c.next_poll_at)

# Articles that a guard holds together until a person releases or drops them (F08, F10).
batches = Table(
    "batches",
    metadata,
    Column("id", _serial, primary_key=True),
    Column("source", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("guard", Text, nullable=False),
    Column("reason", WORDS, nullable=False),
    Column("size", Integer, nullable=False, server_default=text("0")),
    Column("decided_at", Instant),
    Column("decision", Text),
    Column("decided_by", WORDS),
    CheckConstraint("decision IN ('released', 'dropped')", name="decision"),
    CheckConstraint("(decided_at IS NULL) = (decision IS NULL)", name="decided"),
)
_some(batches, "ix_batches_held", "decision IS NULL", "source")
Index(None, batches.c.source, batches.c.at)

articles = Table(
    "articles",
    metadata,
    Column("id", Text, primary_key=True),
    Column("guid", WORDS, nullable=False),
    Column("url", WORDS, nullable=False),
    Column("canonical_url", WORDS, nullable=False),
    Column("title", WORDS, nullable=False),
    Column("summary", WORDS, nullable=False),
    Column("published_at", Instant),
    Column("updated_at", Instant),
    Column("authors", STRINGS, nullable=False),
    Column("tags", STRINGS, nullable=False),
    Column("labels", STRINGS, nullable=False),
    Column("image", PICTURE),
    Column("language", WORDS),
    Column("source", Text, nullable=False),
    Column("first_seen_at", Instant, nullable=False),
    Column("planned_at", Instant),
    # The batch it came in when a guard held that; until somebody decides, its articles are not planned.
    Column("batch", _serial, ForeignKey("batches.id")),
    Column("revised_at", Instant),
    # The headline without case and punctuation (F05); articles of earlier releases have none.
    Column("title_key", Text),
)
Index(None, articles.c.source, articles.c.first_seen_at)
# A batch of ten thousand that waits for a person costs the planning nothing, and lookups of its own little.
_some(articles, "ix_articles_unplanned", "planned_at IS NULL AND batch IS NULL", "first_seen_at")
_some(articles, "ix_articles_held", "planned_at IS NULL AND batch IS NOT NULL", "batch")
_some(articles, "ix_articles_batch", "batch IS NOT NULL", "batch")
_some(articles, "ix_articles_title_key", "title_key IS NOT NULL", "title_key", "first_seen_at")

aliases = Table(
    "aliases",
    metadata,
    Column("alias", Text, primary_key=True),
    Column("article_id", Text, ForeignKey("articles.id"), nullable=False, index=True),
)

revisions = Table(
    "revisions",
    metadata,
    Column("id", _serial, primary_key=True),
    Column("article_id", Text, ForeignKey("articles.id"), nullable=False, index=True),
    Column("at", Instant, nullable=False),
    Column("title", WORDS, nullable=False),
    Column("summary", WORDS, nullable=False),
    Column("url", WORDS, nullable=False),
)

posts = Table(
    "posts",
    metadata,
    Column("id", Text, primary_key=True),
    Column("key", Text, nullable=False),
    Column("article_id", Text, ForeignKey("articles.id"), nullable=False),
    Column("channel", Text, nullable=False),
    Column("platform", Text, nullable=False),
    Column("edition", Integer, nullable=False),
    Column("state", STATE, nullable=False),
    Column("reason", WORDS, nullable=False),
    Column("template", Text, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
    Column("token", Text),
    Column("lease_until", Instant),
    Column("attempts", Integer, nullable=False),
    Column("clean", Boolean, nullable=False),
    Column("payload", COMPOSED),
    Column("payload_sha256", Text),
    Column("staged", JSON),
    Column("doubt_at", Instant),
    Column("intent_at", Instant),
    Column("settle_from", Instant),
    Column("absences", Integer, nullable=False),
    Column("after_duplicate", Boolean, nullable=False),
    Column("next_look_at", Instant),
    Column("pending", JSON),
    Column("remote_id", Text),
    Column("remote_url", WORDS),
    Column("published_at", Instant),
    Column("text", WORDS),
    Column("note", WORDS, nullable=False),
    Column("part", Integer, nullable=False, server_default=text("0")),
    Column("follow_ups", Integer, nullable=False, server_default=text("0")),
    # Law 1: one post per article and channel (an edition is a person's "post it again", a part one of its follow-ups);
    # one remote post, one post.
    UniqueConstraint("article_id", "channel", "edition", "part"),
    UniqueConstraint("channel", "remote_id"),
    CheckConstraint(_among("state", State), name="state"),
    # Law 2: published means that a receipt is present, and a receipt means published.
    CheckConstraint("(state = 'published') = (remote_id IS NOT NULL)", name="published_has_receipt"),
    CheckConstraint(
        "(remote_id IS NULL) = (published_at IS NULL) AND (remote_id IS NULL) = (remote_url IS NULL)",
        name="receipt_complete",
    ),
    CheckConstraint("remote_id <> ''", name="receipt_named"),
    # Laws 3 and 4: whoever sends owns a token for a limited time, and the bytes are frozen.
    CheckConstraint("(state = 'sending') = (token IS NOT NULL)", name="sending_has_token"),
    CheckConstraint("(token IS NULL) = (lease_until IS NULL)", name="token_has_lease"),
    CheckConstraint("state <> 'sending' OR payload IS NOT NULL", name="sending_has_payload"),
    CheckConstraint("(payload IS NULL) = (payload_sha256 IS NULL)", name="payload_has_hash"),
    CheckConstraint("edition >= 0 AND attempts >= 0 AND absences >= 0", name="counters"),
    CheckConstraint("part >= 0 AND follow_ups >= 0", name="parts"),
)


# Only the few posts on their way stand in these indexes, however long the log grows (S12). The first one is law 8: at
# most one post per channel is being sent.
_some(posts, "uq_posts_one_sending", "state = 'sending'", "channel", unique=True)
_some(posts, "ix_posts_due", "state = 'queued'", "channel", "due_at", "created_at")
_some(posts, "ix_posts_next_due", "state = 'queued'", "due_at")
_some(posts, "ix_posts_lease", "state = 'sending'", "lease_until")
_some(posts, "ix_posts_look", "state = 'unknown'", "next_look_at")
_some(posts, "ix_posts_processing", "state = 'processing'", "changed_at")
_some(posts, "ix_posts_waiting", "state IN ('held', 'queued', 'processing')", "expires_at")
_some(posts, "ix_posts_to_follow", "follow_ups > 0 AND state IN ('published', 'skipped')", "channel", "changed_at")
Index(None, posts.c.channel, posts.c.state)
Index(None, posts.c.changed_at)

attempts = Table(
    "attempts",
    metadata,
    Column("token", Text, primary_key=True),
    Column("post_id", Text, ForeignKey("posts.id"), nullable=False),
    Column("n", Integer, nullable=False),
    Column("channel", Text, nullable=False),
    Column("node", Text, nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("fenced_at", Instant),
    Column("closed_at", Instant),
    Column("result", word(Result), nullable=False),
    Column("reason", WORDS, nullable=False, server_default=text("''")),
    Column("code", WORDS),
    Column("http_status", Integer),
    Column("request_id", WORDS),
    Column("platform_at", Instant),
    Column("payload_sha256", Text, nullable=False),
    Column("cost", Money, nullable=False),
    UniqueConstraint("post_id", "n"),
    CheckConstraint(_among("result", Result), name="result"),
    CheckConstraint("(result = 'open') = (closed_at IS NULL)", name="closed_has_result"),
    CheckConstraint("n >= 1", name="counted"),
)
Index(None, attempts.c.channel, attempts.c.fenced_at)

look_ups = Table(
    "look_ups",
    metadata,
    Column("id", _serial, primary_key=True),
    Column("post_id", Text, ForeignKey("posts.id"), nullable=False, index=True),
    Column("at", Instant, nullable=False),
    Column("platform_at", Instant),
    Column("complete", Boolean, nullable=False),
    Column("permitted", Boolean, nullable=False),
    Column("seen", Integer, nullable=False),
    Column("hits", Integer, nullable=False),
    Column("note", WORDS, nullable=False),
)

events = Table(
    "events",
    metadata,
    Column("id", _serial, primary_key=True),
    Column("post_id", Text, ForeignKey("posts.id"), nullable=False, index=True),
    Column("at", Instant, nullable=False),
    Column("from_state", STATE),
    Column("event", Text, nullable=False),
    Column("to_state", STATE, nullable=False),
    Column("reason", WORDS, nullable=False),
    Column("node", Text, nullable=False),
)

channels = Table(
    "channels",
    metadata,
    Column("name", Text, primary_key=True),
    Column("paused_at", Instant),
    Column("paused_until", Instant),
    Column("reason", WORDS, nullable=False),
    # R18: when the channel's adapter last showed that what it stages is invisible, or that it is not.
    Column("probed_at", Instant),
    Column("probe", WORDS),
    CheckConstraint("paused_until IS NULL OR paused_at IS NOT NULL", name="until_is_a_pause"),
)

media = Table(
    "media",
    metadata,
    Column("sha256", Text, primary_key=True),
    Column("mime", Text, nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("bytes", LargeBinary, nullable=False),
    CheckConstraint("length(sha256) = 64", name="digest"),
    CheckConstraint("length(bytes) = size", name="size"),
)

subscriptions = Table(
    "subscriptions",
    metadata,
    Column("source", Text, primary_key=True),
    Column("hub", WORDS, nullable=False),
    Column("topic", WORDS, nullable=False),
    # Random, so that only the hub knows where to knock; the secret signs what it brings.
    Column("path", Text, nullable=False),
    Column("secret", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("asked_at", Instant),
    Column("verified_at", Instant),
    Column("lease_until", Instant),
    Column("last_push_at", Instant),
    Column("last_error", WORDS),
    UniqueConstraint("path"),
    CheckConstraint("state IN ('asked', 'active', 'denied', 'ended')", name="state"),
)

# Webhook calls that were taken: one that comes again is a replay.
deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Text, primary_key=True),
    Column("at", Instant, nullable=False),
)
Index(None, deliveries.c.at)
