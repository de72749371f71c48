"""Follow-ups: posts of a thread and first comments are posts of their own, numbered behind the post they follow."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

OLD, NEW = "uq_posts_article_id_channel_edition", "uq_posts_article_id_channel_edition_part"


def upgrade() -> None:
    """Number what is there as part 0; every row stays as it is."""
    # SQLite copies the table for a changed constraint, with the named laws and indexes that it has (a test compares).
    with op.batch_alter_table("posts") as table:
        for name in ("part", "follow_ups"):
            table.add_column(sa.Column(name, sa.Integer(), nullable=False, server_default=sa.text("0")))
        table.drop_constraint(op.f(OLD), type_="unique")
        table.create_unique_constraint(op.f(NEW), ["article_id", "channel", "edition", "part"])
        table.create_check_constraint(op.f("ck_posts_parts"), "part >= 0 AND follow_ups >= 0")
    where = sa.text("follow_ups > 0 AND state IN ('published', 'skipped')")
    op.create_index(
        "ix_posts_to_follow", "posts", ["channel", "changed_at"], sqlite_where=where, postgresql_where=where
    )
