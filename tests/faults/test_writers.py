"""Many processes, one SQLite file (S06, D14): every post is won once, nothing is lost, no lock ever comes out."""

import json
import subprocess
import sys
from collections import Counter
from contextlib import closing
from pathlib import Path

from sqlalchemy import func, select

from syndicator.model import State
from syndicator.store import Store, schema, views
from tests.faults.ground import sound
from tests.faults.thorough import ALL
from tests.faults.writers import CHANNELS, prepare

WRITERS = 16
SECONDS, POSTS = (20.0, 1500) if ALL else (3.0, 150)


def test_s06_sixteen_writers_win_every_post_once(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    prepare(f"sqlite:///{path}", POSTS)
    command = [sys.executable, "-m", "tests.faults.writers", str(path), str(SECONDS), str(WRITERS)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=SECONDS + 120)
    answers = json.loads(done.stdout)
    assert [error for answer in answers for error in answer["errors"]] == []
    won = Counter(post for answer in answers for post in answer["won"])
    assert set(won.values()) == {1}
    with closing(Store.open(f"sqlite:///{path}")) as store, store.read() as conn:
        states = {row.state: row.posts for row in views.counts(conn) if row.posts}
        by_state = Counter(row.post.state for row in views.log(conn, limit=POSTS * len(CHANNELS)))
        tries = conn.execute(select(func.count()).select_from(schema.attempts)).scalar_one()
    assert states
    assert by_state[State.PUBLISHED] == len(won) == tries
    assert by_state[State.SENDING] == 0
    assert sound(path) == []
    print(f"\n{len(won)} posts by {WRITERS} writers, {sum(a['lost'] for a in answers)} races lost")  # noqa: T201
