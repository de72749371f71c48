"""The job queue's own tables, and the conditions under which a fleet can be."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner

from syndicator.cli import cli
from syndicator.errors import ConfigError
from syndicator.fleet import jobs
from syndicator.fleet.alarms import Alarm, Verb
from syndicator.sandbox import Sandbox
from syndicator.store import Store, schema
from tests.e2e.project import Project, make_project
from tests.postgres import Server

pytestmark = pytest.mark.postgres

MADE_BY = "SELECT obj_description('syndicator_jobs.procrastinate_jobs'::regclass, 'pg_class')"


@pytest.fixture
def store(postgres_server: Server) -> Iterator[Store]:
    url = postgres_server.migrated()
    opened = Store.open(url)
    opened.where = url
    yield opened
    opened.close()
    postgres_server.drop(url)


def mark(store: Store, text: str) -> None:
    with psycopg.connect(store.where) as connection:
        connection.execute(f"COMMENT ON TABLE syndicator_jobs.procrastinate_jobs IS '{text}'")
        connection.execute("INSERT INTO syndicator_jobs.procrastinate_workers DEFAULT VALUES")


def workers(store: Store) -> int:
    with psycopg.connect(store.where) as connection:
        return len(connection.execute("SELECT * FROM syndicator_jobs.procrastinate_workers").fetchall())


def test_many_nodes_make_the_tables_once(store: Store) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: jobs.prepare(store), range(8)))
    with psycopg.connect(store.where) as connection:
        (made_by,) = connection.execute(MADE_BY).fetchone() or ("",)
        assert made_by.startswith("procrastinate 3.")
        ours = connection.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
        assert {name for (name,) in ours} == {*schema.metadata.tables, schema.VERSION_TABLE}


def test_the_post_log_does_not_see_them(store: Store) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    jobs.prepare(store)
    options = {"version_table": schema.VERSION_TABLE, "compare_type": True}
    with store.read() as conn:
        assert compare_metadata(MigrationContext.configure(conn, opts=options), schema.metadata) == []
        assert conn.exec_driver_sql("SHOW search_path").scalar_one() != jobs.SCHEMA


def test_an_older_procrastinates_tables_are_made_anew_and_a_newer_ones_left(store: Store) -> None:
    jobs.prepare(store)
    mark(store, "procrastinate 3.99.0")
    jobs.prepare(store)
    assert workers(store) == 1
    mark(store, "procrastinate 3.9.12")
    jobs.prepare(store)
    assert workers(store) == 0


def test_an_alarm_waits_once_and_a_stuck_one_is_not_believed_for_long(store: Store) -> None:
    jobs.prepare(store)
    bell = jobs.Bell(store.where)
    bell.open()
    alarm = Alarm(verb=Verb.DELIVER, name="x")
    for _ in range(3):
        bell.ring(alarm)
    assert bell.ringing(now=0, believed=10) == {"deliver x"}
    with psycopg.connect(store.where, options=f"-c search_path={jobs.SCHEMA}") as connection:
        cursor = connection.execute("UPDATE procrastinate_jobs SET status = 'doing'")
        assert cursor.rowcount == 1
    assert bell.ringing(now=100, believed=10) == {"deliver x"}
    assert bell.ringing(now=109, believed=10) == {"deliver x"}
    assert bell.ringing(now=110, believed=10) == set()
    bell.ring(alarm)
    assert bell.ringing(now=111, believed=10) == {"deliver x"}
    bell.close()


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with Sandbox(articles=1) as sandbox:
        yield make_project(tmp_path, sandbox, env={"PATH": ""})


def test_a_fleet_needs_postgresql(project: Project) -> None:
    refused = CliRunner().invoke(cli, ["-c", str(project.config), "run", "--fleet"]).exception
    assert isinstance(refused, ConfigError)
    assert refused.exit_code == 2
    assert "a fleet needs its post log on PostgreSQL" in str(refused)
    assert "hint: url = " in str(refused)
    assert not (project.folder / "state").exists()


def test_a_fleet_does_not_rehearse(project: Project) -> None:
    answer = CliRunner().invoke(cli, ["-c", str(project.config), "run", "--fleet", "--dry-run"])
    assert answer.exit_code == 2
    assert "use --dry-run without --fleet" in answer.output


def test_a_fleet_says_when_the_server_is_not_there(project: Project) -> None:
    project.edit(('url = "sqlite:///state/syndicator.db"', 'url = "env:SYNDICATOR_STORE"'))
    project.env["SYNDICATOR_STORE"] = "postgresql://nobody:hunter2@127.0.0.1:1/nowhere"
    answer = project.run("run", "--fleet", expect=3)
    assert "is PostgreSQL running and reachable?" in answer.err
    assert "hunter2" not in answer.err
