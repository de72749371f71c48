"""A newsroom's project made from the shipped example, pointed at a sandbox, and the command line to work it."""

import json
import os
import pty
import re
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from fcntl import ioctl
from pathlib import Path
from typing import Any, TypeAlias

from syndicator import shipped
from syndicator.sandbox import Sandbox, accounts
from tests import warm

PATIENCE = 60.0
"""Seconds until a test gives up waiting, on a machine that is busy with other things."""
Process: TypeAlias = "subprocess.Popen[str] | warm.Process"

WINDOWS = """
[windows]
lease = "10s"
send_deadline = "5s"
settle = "1s"
look_ups = ["0s", "200ms", "500ms"]
look_up_patience = "10s"
retry_first = "200ms"
retry_most = "1s"
"""

SECRETS = {
    "X_CONSUMER_KEY": accounts.X["consumer_key"],
    "X_CONSUMER_SECRET": accounts.X["consumer_secret"],
    "X_ACCESS_TOKEN": accounts.X["access_token"],
    "X_ACCESS_TOKEN_SECRET": accounts.X["access_token_secret"],
    "FACEBOOK_PAGE_TOKEN": accounts.FACEBOOK["page_token"],
    "FACEBOOK_APP_SECRET": accounts.FACEBOOK["app_secret"],
}


@dataclass
class Answer:
    """What one call of the command line gave."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass
class Project:
    """A folder with config/ and templates/, and the sandbox behind it."""

    folder: Path
    sandbox: Sandbox
    env: dict[str, str] = field(default_factory=dict)
    fresh: bool = False
    """Start a new interpreter for each call, as a user does; else a warm one is forked (see ``tests.warm``)."""
    started: list[Process] = field(default_factory=list)

    @property
    def config(self) -> Path:
        return self.folder / "config" / "syndicator.toml"

    def edit(self, *changes: tuple[str, str]) -> None:
        """Change the configuration as an editor would; every old text must be there."""
        text = self.config.read_text(encoding="utf-8")
        for old, new in changes:
            assert old in text, old
            text = text.replace(old, new)
        self.config.write_text(text, encoding="utf-8")

    def start(self, *args: str) -> Process:
        process: Process
        if self.fresh:
            process = subprocess.Popen(
                [sys.executable, "-m", "syndicator", *args],
                cwd=self.folder,
                env=self.env,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        else:
            process = warm.parent().start(args, cwd=self.folder, env=self.env)
        self.started.append(process)
        return process

    def end(self) -> None:
        """End what a failed test left running."""
        for process in self.started:
            if process.poll() is None:
                process.kill()
                process.communicate()

    def run(self, *args: str, expect: int | None = 0) -> Answer:
        """Call syndicator in the project's folder and check its exit code."""
        process = self.start(*args)
        out, err = process.communicate(timeout=120)
        assert process.returncode is not None
        answer = Answer(process.returncode, out, err)
        assert expect is None or answer.code == expect, f"{args} gave {answer.code}\n{out}\n{err}"
        return answer

    def work_until(self, condition: Callable[[], bool], what: str) -> None:
        """Call ``once`` again and again, as a timer would, until ``condition`` holds.

        By the clock, not by a number of calls: windows and patience are times, and a call may take none.
        """
        until = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < until, f"worked {PATIENCE} s for {what}"
            self.run("once", expect=None)
            time.sleep(0.2)

    def state_of(self, post: str) -> str:
        """Give the state of a post by its id."""
        return str(self.run("show", post, "--json").json["post"]["state"])

    def on_a_terminal(self, *args: str, columns: int) -> str:
        """Call syndicator on a terminal of its own; give what stands on it, without colours."""
        ours, theirs = pty.openpty()
        ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
        env = {**self.env, "TERM": "xterm-256color", "COLUMNS": str(columns)}
        process = warm.parent().start(args, cwd=self.folder, env=env, terminal=theirs)
        self.started.append(process)
        os.close(theirs)
        seen = b""
        while True:
            try:
                more = os.read(ours, 65536)
            except OSError:  # the other end is closed
                break
            if not more:
                break
            seen += more
        process.wait(timeout=60)
        os.close(ours)
        return re.sub(r"\x1b\[[0-9;]*m", "", seen.decode()).replace("\r\n", "\n")

    def live(self, platform: str) -> list[str]:
        """Give the addresses of what is live, by marker-carrying text."""
        return [post.url for post in self.sandbox.state.posts(platform)]


def make_project(folder: Path, sandbox: Sandbox, *, env: dict[str, str]) -> Project:
    """Write the shipped example into ``folder`` and point it at the sandbox, as the example's comments tell."""
    shipped.init(folder)
    project = Project(folder=folder, sandbox=sandbox, env={**env, **SECRETS, "PYTHONUNBUFFERED": "1"})
    urls = sandbox.urls
    project.edit(
        ('url = "https://eutoday.net/feed/"', f'url = "{urls.feed()}"\nallow_private = true\nflood_limit = 100'),
        ('interval = "5m" ', 'interval = "1s" '),
        ('account = "@EU_today"', f'account = "@EU_today"\napi_base = "{urls.x}"'),
        ('account = "EUtoday.net"', f'account = "EUtoday.net"\napi_base = "{urls.graph}"'),
        ("100000000000000", accounts.FACEBOOK["page_id"]),
        ("UC0000000000000000000000", accounts.YOUTUBE["channel_id"]),
        # The test must not depend on the hour at which it runs.
        ('quiet_hours = "23:00-06:00"\n', ""),
        ('quiet_hours = "23:30-05:30"\n', ""),
        ('quiet_hours = "20:00-08:00" ', "# "),
        ('min_interval = "10m"\n', ""),
        ('min_interval = "15m" ', "# "),
        # Nor on how soon a busy machine has drawn a page's picture; tests of just that say so.
        ("preflight = true  ", "# "),
        ("preflight = true\n", ""),
        ('delay = "2m"', 'delay = "0s"'),
        ('delay = "10m" },\n]', 'delay = "0s" },\n]'),
    )
    with project.config.open("a", encoding="utf-8") as file:
        file.write(WINDOWS)
    return project
