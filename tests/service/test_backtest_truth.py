"""The backtest says what the service did: random newsrooms, lived by the service and played again from its own log."""

from pathlib import Path

import pytest

from syndicator.model import State
from syndicator.service import backtest, backtest_history
from tests import values
from tests.service.replayed import Newsroom

SEEDS = range(6)


def played_again(newsroom: Newsroom) -> backtest.Played:
    parts = newsroom.bench.parts
    with parts.store.read() as conn:
        history = backtest_history.read(conn, since=values.NOW, until=newsroom.bench.clock.now())

    setup = backtest.Setup(
        sources=parts.sources,
        channels=tuple(parts.channels.values()),
        rules=parts.rules,
        compose=backtest.composing(parts.composer),
    )
    return backtest.play(history, setup)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_post_is_where_and_when_the_service_put_it(seed: int, tmp_path: Path) -> None:
    newsroom = Newsroom(seed, tmp_path)
    newsroom.live(hours=30)
    really = newsroom.posts()
    played = {(one.article.id, one.post.channel): one for one in played_again(newsroom).plays}
    assert really.keys() == played.keys()
    assert len(really) > 20
    for key, (post, sent_at) in really.items():
        mine = played[key]
        assert (mine.post.state, mine.at if sent_at else None) == (post.state, sent_at), (post, mine)
        if post.state is State.PUBLISHED:
            assert post.payload is not None
            assert mine.draft is not None
            composed = mine.draft.composed
            assert (composed.teaser.text, composed.cost) == (post.payload.teaser.text, post.payload.cost)
        elif post.state is not State.QUEUED:
            assert mine.post.reason[:60] == post.reason[:60]
