"""What YouTube's module decides without a network: requests, limits, addresses, quota clock, configuration."""

from datetime import UTC, datetime, timedelta

import pytest

from syndicator.errors import ComposeError, ConfigError, OutcomeUnknown, Unreachable
from syndicator.model import AfterUnknown, Channel, Counting, Credentials, Media, Teaser
from syndicator.platforms import youtube
from syndicator.platforms._youtube_api import Reading
from syndicator.platforms._youtube_discovery import add_posts
from syndicator.platforms._youtube_errors import GoogleFault, kind_of, quota_reset, refuses_credentials
from syndicator.platforms._youtube_google import Client

LINK = "https://www.eutoday.net/a?utm_content=abcdefghijklm"
PICTURE = Media(sha256="ab" * 32, mime="image/jpeg", width=8, height=8, size=9, alt="Harbour")
POST = "Ugkx" + "a1_-" * 8


def channel(image: str = "attach", **options: str) -> Channel:
    return Channel(name="desk", platform="youtube", image=image, options={"channel_id": "UC1"} | options)


def words(text: str = "News", *, link: str = LINK, media: tuple[Media, ...] = ()) -> Teaser:
    return Teaser(
        channel="desk", platform="youtube", template="", text=text, link=link, length=len(text), limit=9, media=media
    )


def test_capabilities() -> None:
    attach, card = youtube.capabilities(channel()), youtube.capabilities(channel("card"))
    assert (attach.media_limit, attach.media_ratio, attach.media_types) == (1, (1, 1), ("image/jpeg",))
    assert (attach.media_max_bytes, attach.alt_limit, card.media_limit) == (16 * 1024 * 1024, 0, 0)
    assert (attach.counting, attach.text_limit, attach.link_in_text) == (Counting.CODE_POINTS, 1000, True)
    assert attach.settle == timedelta(minutes=20)


@pytest.mark.parametrize(
    ("driver", "approved", "after"),
    [
        ("handoff", "true", AfterUnknown.ASK),
        ("api", "false", AfterUnknown.LOOK),
        ("auto", "false", AfterUnknown.ASK),
        ("auto", "true", AfterUnknown.LOOK),
    ],
)
def test_after_unknown(driver: str, approved: str, after: AfterUnknown) -> None:
    assert youtube.capabilities(channel(driver=driver, pilot_approved=approved)).after_unknown is after


def test_link_is_part_of_the_words() -> None:
    request = youtube.compose(channel(), words(media=(PICTURE,)), "abcdefghijklm").request
    assert request["body"] == {"snippet": {"channelId": "UC1", "textDisplay": f"News\n\n{LINK}"}}
    assert [item["sha256"] for item in request["media"]] == [PICTURE.sha256]
    assert youtube.compose(channel(), words(f"News {LINK}"), "abcdefghijklm").request["text"] == f"News {LINK}"
    assert youtube.compose(channel(), words(""), "abcdefghijklm").request["text"] == LINK


def test_composer_address_is_a_template() -> None:
    here = channel(composer_url="https://www.youtube.com/channel/{channel_id}/community?show_create_dialog=1")
    request = youtube.compose(here, words(), "abcdefghijklm").request
    assert request["composer_url"] == "https://www.youtube.com/channel/UC1/community?show_create_dialog=1"


@pytest.mark.parametrize(("text", "link", "limit"), [("", "", "9"), ("0123456789", "", "9"), ("News", LINK, "20")])
def test_what_cannot_be_composed(text: str, link: str, limit: str) -> None:
    with pytest.raises(ComposeError):
        youtube.compose(channel(text_limit=limit), words(text, link=link), "abcdefghijklm")


def test_missing_credentials_are_all_named() -> None:
    with pytest.raises(ConfigError) as refused:
        youtube.connect(channel(driver="api"), Credentials({"client_id": "id"}))
    assert [problem.key for problem in refused.value.problems] == ["client_secret", "refresh_token"]


@pytest.mark.parametrize(
    "bad",
    [
        {"token_uri": "http://oauth.example/token"},
        {"token_uri": "file:///etc/passwd"},
        {"read_timeout": "-1"},
    ],
)
def test_configuration_that_is_refused(bad: dict[str, str]) -> None:
    secrets = {"client_id": "id", "client_secret": "secret", "refresh_token": "token"}
    with pytest.raises(ConfigError):
        youtube.connect(channel(driver="api", **bad), Credentials(secrets))


def test_client_does_not_show_its_secrets() -> None:
    client = Client(client_id="id", client_secret="s3cret", refresh_token="t0ken", token_uri="https://x.example/t")
    assert repr(client) == "Client(id)"


@pytest.mark.parametrize(
    "url",
    [
        f"https://www.youtube.com/post/{POST}",
        f"https://youtube.com/post/{POST}?si=abc#top",
        f" https://m.youtube.com/post/{POST}/ ",
        f"https://www.youtube.com/channel/UC1/community?lb={POST}",
        f"https://www.youtube.com/@eutoday1049/posts?lb={POST}&pvf=x",
    ],
)
def test_address_of_a_post(url: str) -> None:
    assert youtube.parse_post_url(url) == POST
    assert youtube.remote_id_from_url(channel(), url) == POST


@pytest.mark.parametrize(
    "url",
    [
        "",
        POST,
        "https://www.youtube.com/",
        "https://www.youtube.com/post/",
        "https://www.youtube.com/post/short",
        "https://www.youtube.com/watch?v=dQw4w9WgXcQ",
        f"https://www.youtube.com/post/{POST}/{POST}",
        f"https://www.youtube.com.example/post/{POST}",
        f"javascript://www.youtube.com/post/{POST}",
        "https://www.youtube.com/channel/UC1/community",
    ],
)
def test_address_that_is_no_post(url: str) -> None:
    with pytest.raises(ValueError, match="not the URL of a YouTube community post"):
        youtube.parse_post_url(url)


@pytest.mark.parametrize(
    ("at", "reset"),
    [
        ("2026-11-22T12:00", "2026-11-23T08:01"),
        ("2026-07-01T12:00", "2026-07-02T07:01"),
        ("2026-07-02T06:59", "2026-07-02T07:01"),
        ("2026-07-02T07:00", "2026-07-03T07:01"),
        ("2026-03-08T07:30", "2026-03-08T08:01"),  # the clocks go forward in the night that follows
        ("2026-03-08T20:00", "2026-03-09T07:01"),
        ("2026-11-01T20:00", "2026-11-02T08:01"),  # … and back
    ],
)
def test_quota_starts_anew_at_pacific_midnight(at: str, reset: str) -> None:
    instant = datetime.fromisoformat(at).replace(tzinfo=UTC)
    assert quota_reset(instant) == datetime.fromisoformat(reset).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("body", "status", "refusal"),
    [
        ({"error": "invalid_grant"}, 400, "invalid_grant"),
        ({"error": "invalid_client"}, 401, "invalid_client"),
        ({"error": "server_error"}, 400, None),
        ({"error": "invalid_grant"}, 503, None),
        ({"error": "invalid_grant"}, 429, None),
        ({"error": {"code": 400}}, 400, None),
        ({}, 400, None),
        (None, 400, None),
    ],
)
def test_token_refusal(body: dict[str, object] | None, status: int, refusal: str | None) -> None:
    assert refuses_credentials(body, status) == refusal


def test_googles_own_description_of_posts_is_kept() -> None:
    document = {"resources": {"posts": {"methods": {"insert": "theirs"}}}, "schemas": {}}
    add_posts(document)
    assert document == {"resources": {"posts": {"methods": {"insert": "theirs"}}}, "schemas": {}}


@pytest.mark.parametrize("reason", ["quotaExceeded", "forbidden", "backendError", ""])
@pytest.mark.parametrize("status", [200, 302, 408, 409, 500, 503])
def test_refusal_with_the_wrong_status_is_doubtful(status: int, reason: str) -> None:
    fault = GoogleFault(status=status, readable=True, reasons=frozenset({reason}))
    assert kind_of(fault, publishing=True) is OutcomeUnknown
    assert kind_of(fault, publishing=False) is Unreachable


@pytest.mark.parametrize(
    ("minutes", "past"), [((5, 3, 1), True), ((1, 5, 3), False), ((3, 5, 1), False), ((5, 4, 3), False), ((), False)]
)
def test_only_a_list_that_is_newest_first_may_be_left_early(minutes: tuple[int, ...], *, past: bool) -> None:
    start = datetime(2026, 11, 22, 12, tzinfo=UTC)
    reading = Reading(times=[start + timedelta(minutes=minute) for minute in minutes])
    assert reading.is_past(start + timedelta(minutes=2)) is past
