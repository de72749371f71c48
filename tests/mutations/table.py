"""Every mutation, rule by rule, and the rules that are not kept yet."""

from tests.mutations.answer_rules import ANSWER_RULES
from tests.mutations.laws import EVERY_LAW
from tests.mutations.mutation import Mutation
from tests.mutations.naive import NAIVE
from tests.mutations.sending_rules import SENDING_RULES
from tests.mutations.settling_rules import SETTLING_RULES

NOT_YET = {
    "R14": "a fail-over stops claims, but what was due is not made doubtful",
    "R15": "an older post log is noticed where it was sent from, but what it lost is not written anew",
    "R18": "no canary shows whether a Page hides its drafts",
}
"""Rules that the product does not keep, or not whole: nothing is switched off, and nothing counts as caught."""

_RULES = sorted((*SENDING_RULES, *ANSWER_RULES, *SETTLING_RULES), key=lambda mutation: int(mutation.rule[1:]))

EVERY: tuple[Mutation, ...] = (*_RULES, *EVERY_LAW, *NAIVE)
