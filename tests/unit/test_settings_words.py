"""The newsroom's words: ``[hashtags]``, ``[text]`` and what a channel says about hashtags."""

from pathlib import Path

import pytest

from syndicator.errors import ConfigError
from tests.unit.settings_files import SOUND, read

WORDS = """
[hashtags]
map = { "European Union" = "#EU", "Élections" = "élections_2026" }
stop = ["Press release"]

[text]
allow = ["@EU_today", "#EU", "$TSLA", "@EU_today"]
"""


def test_the_newsrooms_words_arrive(tmp_path: Path) -> None:
    text = SOUND.replace('account = "@today"', 'account = "@today"\nhashtags_most = 0\nhashtags_style = "lower"')
    settings = read(tmp_path, text + WORDS)
    assert settings.house.hashtags == {"European Union": "EU", "Élections": "élections_2026"}
    assert settings.house.stop == ("Press release",)
    assert settings.house.allow == ("@EU_today", "#EU", "$TSLA")
    assert (settings.channel("x").hashtags_most, settings.channel("x").hashtags_style) == (0, "lower")
    assert read(tmp_path).house.allow == ()


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('[hashtags]\nmap = { "EU" = "two words" }', "hashtags.map.EU"),
        ('[hashtags]\nmap = { "EU" = "2026" }', "hashtags.map.EU"),
        ('[hashtags]\nmap = { "EU" = 7 }', "hashtags.map.EU"),
        ('[hashtags]\nstops = ["x"]', "hashtags.stops"),
        ('[text]\nallow = ["EU_today"]', "text.allow"),
        ('[text]\nallow = ["@"]', "text.allow"),
        ("[text]\nallow = [7]", "text.allow"),
    ],
)
def test_what_is_no_hashtag_or_mention_is_told(tmp_path: Path, text: str, key: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, f"{SOUND}\n{text}\n")
    assert [problem.key for problem in caught.value.problems if problem.key.startswith(key)]


LINES = ("hashtags_most = -1", "hashtags_most = 31", "hashtags_most = true", 'hashtags_style = "Camel"')


@pytest.mark.parametrize("line", [*LINES, "hashtags_style = 1", 'hashtags_most = "2"'])
def test_a_channels_maximum_and_style_are_checked(tmp_path: Path, line: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, SOUND.replace('account = "@today"', f'account = "@today"\n{line}'))
    assert caught.value.problems[0].key == f"channels.x.{line.partition(' ')[0]}"
