"""Everything about posts under one name: commands and queries. All take a connection; none commits.

The work is in ``moves`` (the one function that changes a state), ``sending``, ``outcomes`` and ``queries``.
"""

from sqlalchemy import Connection

from syndicator.store.moves import Changes, followed, freeze, insert, move, touch
from syndicator.store.outcomes import SECOND_RECEIPT, close_attempt, has_second_receipt, record_look_up, record_receipt
from syndicator.store.queries import (
    anything_unsettled,
    attempts,
    before,
    blocking_doubt,
    by_prefix,
    due,
    expired_leases,
    get,
    has_attempt,
    in_processing,
    in_sending,
    latest_edition,
    look_ups,
    next_due_at,
    of_article,
    owner,
    stale,
    to_follow,
    to_look_up,
    unsettled_in_queue,
)
from syndicator.store.sending import claim, fence, record_staged, replace_staged, was_fenced

__all__ = [
    "SECOND_RECEIPT",
    "Changes",
    "Connection",
    "anything_unsettled",
    "attempts",
    "before",
    "blocking_doubt",
    "by_prefix",
    "claim",
    "close_attempt",
    "due",
    "expired_leases",
    "fence",
    "followed",
    "freeze",
    "get",
    "has_attempt",
    "has_second_receipt",
    "in_processing",
    "in_sending",
    "insert",
    "latest_edition",
    "look_ups",
    "move",
    "next_due_at",
    "of_article",
    "owner",
    "record_look_up",
    "record_receipt",
    "record_staged",
    "replace_staged",
    "stale",
    "to_follow",
    "to_look_up",
    "touch",
    "unsettled_in_queue",
    "was_fenced",
]
