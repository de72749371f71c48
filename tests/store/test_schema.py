"""Migrated is the same as fresh: every table, column, index, key and CHECK."""

from typing import Any

import pytest
from sqlalchemy import Connection, create_engine, inspect

from syndicator.model import Article, Attempt, LookUpRecord, Post
from syndicator.store import Store, rows, schema
from syndicator.store.articles import SourceState
from tests.postgres import Server


def described(conn: Connection) -> dict[str, Any]:
    """Everything the database itself says about our tables, in an order of its own."""
    inspector = inspect(conn)
    said: dict[str, Any] = {}
    for table in schema.metadata.tables:
        said[table] = {
            "columns": [(c["name"], str(c["type"]), c["nullable"], c["default"]) for c in inspector.get_columns(table)],
            "checks": sorted((c["name"], c["sqltext"]) for c in inspector.get_check_constraints(table)),
            "uniques": sorted((u["name"], tuple(u["column_names"])) for u in inspector.get_unique_constraints(table)),
            "indexes": sorted(
                (i["name"], tuple(i["column_names"]), bool(i["unique"]), _where(i.get("dialect_options", {})))
                for i in inspector.get_indexes(table)
            ),
            "keys": inspector.get_pk_constraint(table),
            "references": [
                (f["name"], f["constrained_columns"], f["referred_table"]) for f in inspector.get_foreign_keys(table)
            ],
        }
    return said


def _where(options: dict[str, Any]) -> str:
    return " ".join(str(options[name]) for name in sorted(options) if name.endswith("_where"))


def migrated(store: Store) -> dict[str, Any]:
    with store.read() as conn:
        return described(conn)


def fresh(url: str) -> dict[str, Any]:
    engine = create_engine(url)
    with engine.begin() as conn:
        schema.metadata.create_all(conn)
        said = described(conn)
    engine.dispose()
    return said


def test_migrated_is_fresh_on_sqlite(request: pytest.FixtureRequest) -> None:
    store = Store.open(f"sqlite:///{request.getfixturevalue('sqlite_path')}")
    said = migrated(store)
    store.close()
    assert said == fresh("sqlite://")
    assert len(said["posts"]["checks"]) == 10
    assert ("uq_posts_one_sending", ("channel",), True, "state = 'sending'") in said["posts"]["indexes"]


@pytest.mark.postgres
def test_migrated_is_fresh_on_postgres(postgres_server: Server) -> None:
    store = Store.open(postgres_server.migrated())
    said = migrated(store)
    store.close()
    empty = postgres_server.empty().replace("postgresql://", "postgresql+psycopg://")
    assert said == fresh(empty)
    assert len(said["posts"]["checks"]) == 10


def test_alembic_finds_nothing_to_do(store: Store) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    options = {"version_table": schema.VERSION_TABLE, "compare_type": True, "compare_server_default": True}
    with store.read() as conn:
        assert compare_metadata(MigrationContext.configure(conn, opts=options), schema.metadata) == []


def test_the_code_knows_every_revision_in_order() -> None:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    from syndicator.store.migrate import SCRIPTS

    config = Config()
    config.set_main_option("script_location", SCRIPTS)
    scripts = ScriptDirectory.from_config(config)
    assert tuple(reversed([script.revision for script in scripts.walk_revisions()])) == schema.REVISIONS


@pytest.mark.parametrize(
    ("columns", "kind"),
    [
        (list(schema.posts.c), Post),
        (rows.ARTICLE, Article),
        (rows.ATTEMPT, Attempt),
        (rows.LOOK_UP, LookUpRecord),
        (list(schema.sources.c), SourceState),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_row_is_a_value(columns: list[Any], kind: type) -> None:
    assert [column.name for column in columns] == list(kind.__dataclass_fields__)  # type: ignore[attr-defined]
