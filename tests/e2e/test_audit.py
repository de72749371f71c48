"""The audit file by the command line: what cron calls, what an auditor calls, and the exit codes."""

import json
import shutil
from pathlib import Path

import pytest

from tests.e2e.project import Project


@pytest.fixture
def worked(project: Project) -> Project:
    project.run("once", "--backfill", "2", expect=None)
    project.run("pause", "x", "--reason", "lunch")
    return project


def test_export_and_verify(worked: Project) -> None:
    first = worked.run("log", "--export", "audit.jsonl")
    assert "lines new" in first.out
    file = worked.folder / "audit.jsonl"
    assert worked.run("log", "--export", "audit.jsonl", "--json").json["new"] == 0
    found = worked.run("log", "--verify", "audit.jsonl", "--json").json
    assert (found["ok"], found["compared"], found["not_exported"], found["missing"]) == (True, True, 0, 0)
    worked.run("resume", "x")
    assert worked.run("log", "--verify", "audit.jsonl", "--json").json["not_exported"] == 1
    assert worked.run("log", "--export", "audit.jsonl", "--json").json["new"] == 1
    kinds = {json.loads(line)["kind"] for line in file.read_text().splitlines()}
    assert kinds >= {"log", "move", "attempt opened", "attempt fenced", "attempt closed", "receipt", "channel state"}
    out = worked.run("log", "--export", "-").out
    assert json.loads(out.splitlines()[0])["kind"] == "log"
    for secret in ("X_CONSUMER_SECRET", "X_ACCESS_TOKEN_SECRET", "FACEBOOK_PAGE_TOKEN", "FACEBOOK_APP_SECRET"):
        assert worked.env[secret] not in out + file.read_text()


def test_exit_codes(worked: Project, tmp_path: Path) -> None:
    worked.run("log", "--export", "audit.jsonl")
    file = worked.folder / "audit.jsonl"
    whole = file.read_bytes()
    for wrong in (
        ("--export", "a", "--verify", "b"),
        ("--export", "a", "--state", "held"),
        ("--verify", "nowhere.jsonl"),
        ("--export", "."),
        ("--export", "-", "--json"),
        ("--export", "config/syndicator.toml"),
    ):
        assert worked.run("log", *wrong, expect=2).err
    assert "[site]" in worked.config.read_text(), "another file is never written to"
    file.write_bytes(whole.replace(b"lunch", b"brunc"))
    assert "was changed" in worked.run("log", "--verify", "audit.jsonl", expect=1).out
    assert "was changed" in worked.run("log", "--export", "audit.jsonl", expect=1).err
    rows = whole.splitlines(keepends=True)
    file.write_bytes(b"".join(rows[:-2]))
    assert "cut off" in worked.run("log", "--verify", "audit.jsonl", expect=1).out
    file.write_bytes(whole)
    shutil.copy(file, tmp_path / "taken.jsonl")
    alone = worked.run("-c", "nowhere.toml", "log", "--verify", "taken.jsonl").out
    assert "the chain holds" in alone
    assert "not compared" in alone
    (worked.folder / "state" / "syndicator.db").write_bytes(b"not a database at all" * 100)
    gone = worked.run("log", "--verify", "audit.jsonl", expect=3)
    assert "the chain holds" in gone.out
    assert "not an SQLite database" in gone.err
    assert worked.run("log", "--export", "audit.jsonl", expect=3).err
