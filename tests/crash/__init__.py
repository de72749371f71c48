"""Crash tests: real processes, real HTTP, a real post log, real SIGKILL. No post twice, none lost.

``worker`` is what gets killed, ``nursery`` starts and kills it, ``scene`` is what it works on, ``harness`` runs trials,
``verdict`` compares what is live at the platforms with the post log; ``command`` is the product as a newsroom runs it.
``python -m tests.crash --trials 1000`` runs as many.
"""
