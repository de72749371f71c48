"""What a parser's process says: carried whole, and believed only as far as it is plain and bounded."""

import io
import json
import struct
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from syndicator.confined.frames import Garbled, pack, read
from syndicator.model import Entry, Picture
from syndicator.sources import Reading
from syndicator.sources._frames import MAX_LIST, MAX_WORDS, to_reading, written

AT = datetime(2026, 11, 22, 12, 0, 0, 123456, tzinfo=UTC)
FULL = Entry(
    guid="g",
    url="https://a.example/",
    canonical_url="https://a.example",
    title="Élu 🗳",
    summary="a\nb",
    published_at=AT,
    updated_at=AT + timedelta(hours=1),
    authors=("Ann", "Bo"),
    tags=("EU",),
    image=Picture(
        url="http://a.example/p.jpg",
        alt="A hall",
        others=(Picture(url="http://a.example/q.jpg"), Picture(url="https://a.example/r.jpg", alt="„A“")),
    ),
    language="fr",
)
BARE = Entry(guid="h", url="", canonical_url="", title="")


def carried(said: dict[str, Any], body: bytes = b"") -> tuple[dict[str, Any], bytes] | None:
    return read(io.BytesIO(pack(said, body)).read)


def test_a_reading_arrives_as_it_was() -> None:
    reading = Reading(entries=(FULL, BARE), title="News", warnings=("w",), complete=False, gone=("x",))
    frame = carried({"reading": written(reading)}, b"\x00\xffbytes")
    assert frame is not None
    found = to_reading(frame[0]["reading"])
    assert found == reading
    image, wanted = found.entries[0].image, FULL.image
    assert image is not None
    assert wanted is not None
    assert image.others == wanted.others  # which the comparison leaves out
    assert frame[1] == b"\x00\xffbytes"


def test_frames_arrive_whole_in_pieces_and_in_a_row() -> None:
    stream = io.BytesIO(pack({"n": 1}, b"x" * 70_000) + pack({"n": 2}))

    def trickle(size: int) -> bytes:
        return stream.read(min(size, 1000))

    first, second = read(trickle), read(trickle)
    assert first == ({"n": 1}, b"x" * 70_000)
    assert second == ({"n": 2}, b"")
    assert read(trickle) is None


@pytest.mark.parametrize(
    "data",
    [
        b"\0\0\0\2\0\0\0\0{", b"\0\0\0\2\0\0\0\3{}a", b"\xff" * 8, b"\0\0\0\1\0\0\0\0{", b"\0\0\0\2\0\0\0\0[]",
        b"\0\0\0\4\0\0\0\0null", struct.pack("!II", 200_000, 0) + b"[" * 200_000,
        struct.pack("!II", 14, 0) + b'{"a":"\\ud83d"}', struct.pack("!II", 4, 0) + b'{"\xff}',
    ],
)  # fmt: skip
def test_what_is_no_frame_is_refused(data: bytes) -> None:
    with pytest.raises(Garbled):
        read(io.BytesIO(data).read)


def test_a_written_backslash_is_no_half_character() -> None:
    assert carried({"a": "\\ud83d"}) == ({"a": "\\ud83d"}, b"")
    whole = b'{"a":"\\ud83d\\uddf3"}'
    assert read(io.BytesIO(struct.pack("!II", len(whole), 0) + whole).read) == ({"a": "\U0001f5f3"}, b"")


def test_an_instant_keeps_its_place_in_time_whatever_its_zone() -> None:
    paris = Reading(entries=(Entry(guid="a", url="", canonical_url="", title="", published_at=AT),))
    said = written(paris)
    row = list(said["entries"][0])
    row[5] = AT.astimezone(timezone(timedelta(hours=1))).isoformat()
    found = to_reading(json.loads(json.dumps({**said, "entries": [row]}))).entries[0].published_at
    assert found == AT
    assert found is not None
    assert found.tzinfo is UTC


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (0, None), (0, 7), (0, ["g"]), (0, "g" * (MAX_WORDS + 1)), (1, "javascript:alert(1)"), (1, "file:///etc/passwd"),
        (1, "//a.example"), (1, {}), (2, None), (3, True), (4, 1.5), (5, "yesterday"), (5, "2026-11-22T12:00:00"),
        (5, 1795344000), (6, "x" * 1000), (7, "Ann"), (7, [None]), (8, ["t"] * (MAX_LIST + 1)), (8, {"a": 1}),
        (9, "data:text/html,x"), (9, 4), (10, None), (11, ["fr"]), (11, None), (11, {}),
        (11, [["javascript:alert(1)", ""]]), (11, [["http://a.example/", 4]]), (11, [["http://a.example/"]]),
        (11, [["http://a.example/", ""]] * 9), (12, ["fr"]),
    ],
)  # fmt: skip
def test_a_field_of_another_kind_or_size_is_refused(place: int, value: object) -> None:
    said = json.loads(json.dumps(written(Reading(entries=(FULL,)))))
    assert to_reading(said)
    said["entries"][0][place] = value
    with pytest.raises(Garbled):
        to_reading(said)


@pytest.mark.parametrize(
    "changes",
    [
        {"entries": None}, {"entries": {}}, {"entries": [[]]}, {"entries": ["x" * 12]}, {"entries": [None]},
        {"entries": [list("abcdefghijkl")] * 20_001}, {"complete": 1}, {"complete": None}, {"title": None},
        {"warnings": "w"}, {"gone": [1]}, {"gone": None},
    ],
)  # fmt: skip
def test_a_reading_of_another_shape_is_refused(changes: dict[str, Any]) -> None:
    said = json.loads(json.dumps(written(Reading(entries=(FULL,))))) | changes
    with pytest.raises(Garbled):
        to_reading(said)
    with pytest.raises(Garbled):
        to_reading(None)
