"""One PostgreSQL server with a folder of its own: started, stopped, killed and promoted as a test asks.

It listens on a Unix socket only. Unlike the suite's shared server it may be treated badly.
"""

import contextlib
import ctypes
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]
import psycopg

from tests.postgres import programs

DATABASE = "postgres"
PATIENCE = 90.0
"""Seconds; only a failure or a machine under heavy load waits so long."""
_ALWAYS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0777",
    # Killed processes only, no power cuts: what the kernel has is enough.
    "fsync": "off",
    "full_page_writes": "off",
    "shared_buffers": "16MB",
    "max_connections": "60",
    "autovacuum": "off",
    # Files inside the data folder, so that nothing stays behind a killed server.
    "dynamic_shared_memory_type": "mmap",
    "wal_level": "replica",
    "hot_standby": "on",
    "wal_keep_size": "64MB",
    "wal_receiver_status_interval": "1s",
    "wal_retrieve_retry_interval": "200ms",
    "log_min_messages": "warning",
}


@contextlib.contextmanager
def folder() -> Iterator[Path]:
    """Give a folder that the server's user can reach, with a path short enough for a socket; deleted at the end."""
    with tempfile.TemporaryDirectory(prefix="syndicator-pg-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o755)
        yield Path(name)


class Machine:
    """A server in ``place``; its socket is there, its data in ``place/data``."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.data = place / "data"
        self._bin, self._user = programs()
        self._process: subprocess.Popen[bytes] | None = None
        self._settings: dict[str, str] = {}
        place.mkdir(exist_ok=True)
        if self._user:
            shutil.chown(place, self._user)

    def make(self) -> None:
        """Make an empty cluster (initdb)."""
        options = ["--auth=trust", "--encoding=utf8", "--locale=C", "--no-sync", "--wal-segsize=1", "-U", "postgres"]
        self._run("initdb", *options, "-D", str(self.data))

    def copy_from(self, other: "Machine") -> None:
        """Take a copy of another machine's data while that one is stopped."""
        subprocess.run(["cp", "-a", str(other.data), str(self.data)], check=True)

    def start(self, **settings: str) -> None:
        """Start and wait until it answers."""
        self._settings = {**_ALWAYS, "unix_socket_directories": str(self.place), **settings}
        options = [option for name, value in self._settings.items() for option in ("-c", f"{name}={value}")]
        with (self.place / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [str(self._bin / "postgres"), "-D", str(self.data), *options], stdout=log, stderr=log, user=self._user
            )
        wait_for(self.answers, f"the server in {self.place} to start")

    def answers(self) -> bool:
        """Say whether it takes connections."""
        assert self._process is not None
        assert self._process.poll() is None, (self.place / "log").read_text()
        try:
            self.run("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True

    def stop(self, mode: str = "fast") -> None:
        """Stop as ``pg_ctl stop -m`` does: ``fast`` ends every session, ``immediate`` is a crash without SIGKILL."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT if mode == "fast" else signal.SIGQUIT)
            self._process.wait(PATIENCE)

    def restart(self, mode: str) -> None:
        """Stop and start again with the same settings."""
        self.stop(mode)
        self.start(**self._settings)

    def kill(self) -> None:
        """Kill the server and every process of it at once, as when the machine loses its power."""
        if self._process is None or self._process.poll() is not None:
            return
        leader = psutil.Process(self._process.pid)
        leader.suspend()  # else it would start new children while we kill the old ones
        for process in [*leader.children(recursive=True), leader]:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        self._process.wait(PATIENCE)
        self._drop_shared_memory()

    def _drop_shared_memory(self) -> None:
        # A killed server leaves a System V segment of a few bytes; they are few on a machine.
        with contextlib.suppress(OSError, IndexError, ValueError, AttributeError):
            line = (self.data / "postmaster.pid").read_text().splitlines()[6]
            ctypes.CDLL(None).shmctl(int(line.split()[1]), 0, None)

    def promote(self) -> None:
        """Make a standby the primary and wait until it takes writes."""
        self.run("SELECT pg_promote(true)")
        wait_for(lambda: self.run("SELECT pg_is_in_recovery()") == [(False,)], "the promotion")

    def configure(self, **settings: str) -> None:
        """Change settings of the running server that need no restart; start options would win over them."""
        for name, value in settings.items():
            self.run(f"ALTER SYSTEM SET {name} = '{value}'")
        self.run("SELECT pg_reload_conf()")
        for name, value in settings.items():
            wait_for(lambda n=name, v=value: self.run(f"SHOW {n}") == [(v,)], f"{name} to change")

    def run(self, statement: str, database: str = DATABASE) -> list[tuple[Any, ...]]:
        """Run one statement outside any transaction."""
        with psycopg.connect(
            host=str(self.place), user="postgres", dbname=database, autocommit=True, connect_timeout=5
        ) as connection:
            cursor = connection.execute(statement)
            return list(cursor.fetchall()) if cursor.description else []

    @property
    def url(self) -> str:
        """The address of its database for syndicator and for libpq."""
        return url(self.place)

    def _run(self, program: str, *options: str) -> None:
        environment = {**os.environ, "LC_ALL": "C"}
        done = subprocess.run(
            [str(self._bin / program), *options], check=False, capture_output=True, env=environment, user=self._user,
            cwd=self.place,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr.decode()


def url(*places: Path, database: str = DATABASE) -> str:
    """Give the address of whichever of these servers (or relays) takes writes."""
    return f"postgresql://postgres@/{database}?host={','.join(map(str, places))}"


def wait_for(condition: Any, what: str, patience: float = PATIENCE) -> float:
    """Wait until the condition holds and give the seconds that took."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < patience, f"waited {patience} s for {what}"
        time.sleep(0.02)
    return time.monotonic() - began


@contextlib.contextmanager
def running(**settings: str) -> Iterator[Machine]:
    """Lend a fresh server of one's own."""
    with folder() as place:
        machine = Machine(place / "a")
        machine.make()
        machine.start(**settings)
        try:
            yield machine
        finally:
            machine.kill()
