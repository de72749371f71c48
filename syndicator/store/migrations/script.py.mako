"""${message}."""

import sqlalchemy as sa
from alembic import op

from syndicator.store import columns

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    """Migrate to this revision."""
    ${upgrades if upgrades else "pass"}
