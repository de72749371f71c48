"""PostgreSQL in trouble, for real: fail-overs that lose commits, restarts, cut connections, poolers, races, growth.

``machine`` is a PostgreSQL server of our own that can be killed, ``cluster`` two of them with replication between,
``relay`` stands on a server's socket and cuts or pools connections, ``scenario`` is one fail-over from lost commit to
settled posts. ``python -m tests.failover`` runs the heavier forms.
"""
