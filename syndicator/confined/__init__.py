"""Work in processes of its own: killable, re-used, with limits, and with nothing that they could harm (X19, X20).

``places`` keeps the processes and hands them work; ``process`` starts, asks and ends one of them; ``inside`` is what
runs there, within what ``cell`` leaves it; ``frames`` is what goes between. What the work is, is the business of the
``Trade`` that a layer above brings: parsers (``sources``), the renderer of templates (``service``). Must know neither,
and must not decide what to believe of what is said there.
"""
