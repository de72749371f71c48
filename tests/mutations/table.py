"""Every mutation, rule by rule; the kill switch, the laws, the naive designs and what is read after the rules."""

from tests.mutations.answer_rules import ANSWER_RULES
from tests.mutations.backtest_rules import BACKTEST_RULES
from tests.mutations.editor_rules import APPROVAL_RULES, PROBE_RULES
from tests.mutations.kind_rules import KIND_RULES
from tests.mutations.laws import EVERY_LAW
from tests.mutations.mutation import Mutation
from tests.mutations.naive import NAIVE
from tests.mutations.picture_rules import PICTURE_RULES
from tests.mutations.preview_rules import PREVIEW_RULES
from tests.mutations.push_rules import PUSH_RULES
from tests.mutations.reading_rules import READING_RULES
from tests.mutations.rollback_rules import HALTS, ROLLBACK_RULES
from tests.mutations.sending_rules import SENDING_RULES
from tests.mutations.settling_rules import SETTLING_RULES
from tests.mutations.source_rules import SOURCE_RULES
from tests.mutations.teaser_rules import TEASER_RULES
from tests.mutations.text_rules import TEXT_RULES

RULES = tuple(f"R{number}" for number in range(1, 24))

_RULES = sorted(
    (*SENDING_RULES, *ANSWER_RULES, *SETTLING_RULES, *ROLLBACK_RULES, *PROBE_RULES, *APPROVAL_RULES),
    key=lambda mutation: int(mutation.rule[1:]),
)

EVERY: tuple[Mutation, ...] = (
    *_RULES,
    *HALTS,
    *EVERY_LAW,
    *NAIVE,
    *SOURCE_RULES,
    *KIND_RULES,
    *READING_RULES,
    *PUSH_RULES,
    *TEASER_RULES,
    *PICTURE_RULES,
    *TEXT_RULES,
    *PREVIEW_RULES,
    *BACKTEST_RULES,
)
