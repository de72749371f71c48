"""The real service code on a virtual clock: seeded faults, workers, pauses, lags, fail-overs; every seed replays.

Real are the services, the store with its SQL on SQLite, the pure rules, and the platforms' adapters down to the
session that writes bytes. Played are the wire, the platforms behind it, time, processes, and the database server.
"""
