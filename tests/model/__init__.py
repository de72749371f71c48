"""An explicit-state model of the post log: one post, its workers, its platform, and everything that can go wrong.

``setup`` says what is assumed and which rule is switched off, ``world`` is one state of everything, ``attempt``,
``platform``, ``settling`` and ``rollback`` are the steps out of it, ``decisions`` is what the product decides (a test
compares it with ``core.retry`` and ``core.settle``), ``search`` visits every state breadth first, ``variants`` are the
cases with the verdict each must have. States, events and rule numbers are the product's own; no code of the product
takes part.

``python -m tests.model`` prints the table of the variants, ``python -m tests.model R9`` one of them with its trace.

Where it follows the product rather than the reference model beside the specification:

- The send dead-line counts from the fence, not from the claim; whoever is recovered before the fence has sent nothing
  and goes back to the queue. The reference model knows no fence and calls every recovered post unknown.
- An attempt that missed its dead-line gives the post back only while it owns it; in the reference model also later.
- The settle window runs from the first complete look-up of the doubt, not from the claim.
- ``clean`` becomes true again by proven absence and by a person, never by an idempotent repeat; so a refusal can only
  meet an unsettled attempt (R9) where publishing is repeated by id, or where a person was wrong.
- A doubt after a duplicate refusal goes to a person at the end of one window, not after two absences.
- An idempotent repeat is bounded, then a person is asked; the reference model repeats for ever.

- Lost commits are noticed some time after they were lost, and until then whatever does not ask goes on. The reference
  model puts the post in quarantine in the same step. So it is shown which transactions have to ask once more (R14).
- The very row of a post may be lost, and is planned anew from the feed. The reference model always has a row.
- A journal of each machine knows what it sent (R15); it may be gone, come back late, or be all that tells of the loss.
- A draft may be given up for another one (``retry``, ``approve --recompose``), and that may be lost.

Not in the model: more than one post (R12's two posts with one text, R19), what a post says (of R22 only that an
approval is needed and voided), real durations.
"""
