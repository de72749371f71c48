"""What the log must remember about itself: a roll-back that was noticed, a halt; and what a channel's probe said."""

import sqlalchemy as sa
from alembic import op

from syndicator.store.columns import Instant

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add columns only: every row stays as it is."""
    for name in ("rolled_back_from", "rolled_back_at", "halted_at"):
        op.add_column("genesis", sa.Column(name, Instant(), nullable=True))
    op.add_column("genesis", sa.Column("halt_reason", sa.Text(), nullable=True))
    op.add_column("channels", sa.Column("probed_at", Instant(), nullable=True))
    op.add_column("channels", sa.Column("probe", sa.Text(), nullable=True))
