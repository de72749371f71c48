"""Does SQL keep the laws? The same tests on SQLite and on a real PostgreSQL."""
