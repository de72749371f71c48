"""Every storage fault through the command line: exit code 3, one sentence on stderr with the remedy, no traceback."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
import structlog

from syndicator.cli import main
from syndicator.store import Store, sqlite
from syndicator.store.schema import REVISIONS

CONFIG = """
[site]
name = "News"
url = "https://news.example/"
timezone = "UTC"
language = "en"

[store]
url = "sqlite:///{log}"

[channels.x]
platform = "x"
account = "@news"
api_base = "http://127.0.0.1:9/x"

[channels.x.credentials]
consumer_key = "sandbox-key"
consumer_secret = "sandbox-secret"
access_token = "1-sandbox"
access_token_secret = "sandbox-secret"

[[rules]]
name = "all"
routes = ["x"]
"""


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A newsroom's folder with a post log, and the command line pointed at it."""
    path = tmp_path / "state" / "log.db"
    Store.open(f"sqlite:///{path}", create=True).close()
    config = tmp_path / "syndicator.toml"
    config.write_text(CONFIG.format(log=path), encoding="utf-8")
    monkeypatch.setenv("SYNDICATOR_CONFIG", str(config))
    yield path
    structlog.reset_defaults()  # the command line sent the logs to this test's own stderr


def call(*args: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(list(args))
    return int(ended.value.code or 0)


def gone(path: Path) -> None:
    path.unlink()


def never_there(path: Path) -> None:
    path.unlink()
    path.with_name("log.db.genesis").unlink()


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def not_a_database(path: Path) -> None:
    path.write_bytes(b"not a database " * 1000)


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: 4096 * 3])


def page_gone(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[4096 : 4096 * 8] = bytes(4096 * 7)
    path.write_bytes(data)


def of_another_program(path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("CREATE TABLE posts (id TEXT)")


def another_log(path: Path) -> None:
    Store.open(f"sqlite:///{path.parent / 'other.db'}", create=True).close()
    (path.parent / "other.db").replace(path)


def with_version(version: str) -> Callable[[Path], None]:
    def harm(path: Path) -> None:
        with closing(sqlite3.connect(path)) as raw, raw:
            raw.execute("UPDATE schema_version SET version_num = ?", (version,))

    return harm


def a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


READS = ["log", "show p1", "log --json"]
WORKS = ["once", "run", "once --json"]
FAULTS: list[tuple[str, Callable[[Path], None], list[str], str]] = [
    ("gone", gone, READS, "missing"),
    ("gone", gone, WORKS, "newest backup"),
    ("never there", never_there, READS, "`syndicator once`"),
    ("empty", emptied, [*READS, *WORKS], "0 bytes"),
    ("not a database", not_a_database, [*READS, *WORKS], "not an SQLite database"),
    ("cut short", cut_short, WORKS, "newest backup"),
    ("pages gone", page_gone, [*READS[:1], *WORKS], "newest backup"),
    ("another program's", of_another_program, [*READS, *WORKS], "newest backup"),
    ("another log", another_log, [*READS, *WORKS], "newest backup"),
    ("newer schema", with_version("9999"), [*READS, *WORKS], "newer than this syndicator knows; upgrade"),
    ("older schema", with_version(REVISIONS[0]), READS, "older than this syndicator needs"),
    ("a folder", a_folder, [*READS, *WORKS], "cannot be read"),
]


@pytest.mark.parametrize(
    ("harm", "command", "said"),
    [
        pytest.param(harm, command, said, id=f"{name}-{command}")
        for name, harm, commands, said in FAULTS
        for command in commands
    ],
)
def test_s02_s05_the_command_line_says_it_in_a_sentence(
    harm: Callable[[Path], None], command: str, said: str, log: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    harm(log)
    before = log.read_bytes() if log.is_file() else None
    assert call(*command.split()) == 3
    out, err = capsys.readouterr()
    assert out == ""
    assert said in err
    assert str(log) in err
    assert "Traceback" not in err
    assert err.startswith("syndicator: ")
    assert (log.read_bytes() if log.is_file() else None) == before, "the evidence was changed"


# --- S09 ------------------------------------------------------------------------------------------------------------


MOUNTS = r"""/dev/vda / ext4 rw 0 0
filer:/news /srv/news nfs4 rw,vers=4.2 0 0
//filer/desk /mnt/the\040desk cifs rw 0 0
/dev/vdb /srv/news/local xfs rw 0 0
share /mnt/host 9p rw 0 0
me@host:/ /home/me/far fuse.sshfs rw 0 0
tmpfs /dev/shm tmpfs rw 0 0
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/var/lib/syndicator/log.db", ""),
        ("/srv/news/state/log.db", "nfs4"),
        ("/srv/news/local/log.db", ""),
        ("/srv/newsroom/log.db", ""),
        ("/mnt/the desk/log.db", "cifs"),
        ("/mnt/host/log.db", "9p"),
        ("/home/me/far/log.db", "fuse.sshfs"),
        ("/dev/shm/log.db", ""),
    ],
)
def test_s09_a_network_drive_is_named(path: str, kind: str) -> None:
    said = sqlite.risks(Path(path), MOUNTS)
    assert bool(said) == bool(kind)
    assert all(f"({kind})" in line and "PostgreSQL" in line for line in said)


def test_s09_check_says_so(log: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    mounts = log.with_name("mounts")
    mounts.write_text(f"filer:/x {log.parent} nfs rw 0 0\n", encoding="utf-8")
    monkeypatch.setattr(sqlite, "MOUNTS", mounts)
    assert call("check") == 0
    assert "network file system (nfs)" in capsys.readouterr().out
    mounts.unlink()
    assert call("check") == 0
    assert "network" not in capsys.readouterr().out
