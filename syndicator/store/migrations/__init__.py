"""Alembic's scripts, found through the installed package; there is no alembic.ini."""
