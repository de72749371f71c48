"""What Facebook's module decides without a network: requests, limits, addresses, error table, configuration."""

from datetime import timedelta

import pytest

from syndicator.errors import ComposeError, ConfigError, OutcomeUnknown, Unreachable
from syndicator.model import AfterUnknown, Channel, Counting, Credentials, Media, Teaser
from syndicator.platforms import facebook
from syndicator.platforms._graph_errors import GraphFault, kind_of, regain

LINK = "https://www.eutoday.net/a?utm_content=abcdefghijklm"
PICTURE = Media(sha256="ab" * 32, mime="image/jpeg", width=8, height=8, size=9, alt="Harbour")


def channel(image: str = "card", **options: str) -> Channel:
    return Channel(name="desk", platform="facebook", image=image, options={"page_id": "1"} | options)


def words(text: str = "News", *, link: str = LINK, media: tuple[Media, ...] = ()) -> Teaser:
    return Teaser(
        channel="desk", platform="facebook", template="", text=text, link=link, length=len(text), limit=9, media=media
    )


def test_capabilities() -> None:
    card, attach = facebook.capabilities(channel()), facebook.capabilities(channel("attach"))
    assert (card.link_in_text, card.media_limit) == (False, 0)
    assert (attach.link_in_text, attach.media_limit, attach.media_max_bytes) == (True, 1, 9_999_999)
    assert (card.counting, card.text_limit, card.settle) == (Counting.UTF16, 63_206, timedelta(minutes=20))
    assert card.after_unknown is AfterUnknown.LOOK
    assert facebook.capabilities(channel(publish_mode="two_phase")).after_unknown is AfterUnknown.REPEAT


def test_link_is_a_field_of_its_own_or_part_of_a_pictures_words() -> None:
    card = facebook.compose(channel(), words(), "abcdefghijklm")
    assert card.request["fields"] == {"message": "News", "link": LINK}
    attached = facebook.compose(channel("attach"), words(media=(PICTURE,)), "abcdefghijklm")
    assert attached.request["fields"] == {"message": f"News\n\n{LINK}"}
    inside = facebook.compose(channel("attach"), words(f"News {LINK}", media=(PICTURE,)), "abcdefghijklm")
    assert inside.request["fields"] == {"message": f"News {LINK}"}
    only_link = facebook.compose(channel(), words(""), "abcdefghijklm")
    assert only_link.request["fields"] == {"link": LINK}


@pytest.mark.parametrize(
    ("teaser", "limit"),
    [(words("", link=""), "9"), (words("😀" * 5, link=""), "9"), (words("News", media=(PICTURE,)), "20")],
)
def test_what_cannot_be_composed(teaser: Teaser, limit: str) -> None:
    with pytest.raises(ComposeError):
        facebook.compose(channel(text_limit=limit), teaser, "abcdefghijklm")


@pytest.mark.parametrize(
    ("options", "api_base", "key"),
    [
        ({"api_version": "26"}, "", "api_version"),
        ({"api_version": "v26"}, "", "api_version"),
        ({"read_timeout": "soon"}, "", "read_timeout"),
        ({"read_timeout": "0"}, "", "read_timeout"),
        ({}, "http://graph.example", "api_base"),
        ({}, "ftp://127.0.0.1", "api_base"),
    ],
)
def test_configuration_that_is_refused(options: dict[str, str], api_base: str, key: str) -> None:
    given = Channel(name="desk", platform="facebook", api_base=api_base, options={"page_id": "1"} | options)
    with pytest.raises(ConfigError) as refused:
        facebook.connect(given, Credentials({"page_token": "secret-token"}))
    assert [problem.key for problem in refused.value.problems] == [key]


def test_missing_token_is_refused() -> None:
    with pytest.raises(ConfigError, match="page_token"):
        facebook.connect(channel(), Credentials({}))


@pytest.mark.parametrize(
    ("url", "remote_id"),
    [
        ("https://www.facebook.com/100200_300400", "100200_300400"),
        ("https://www.facebook.com/EUTODAY/posts/300400", "100200_300400"),
        ("https://m.facebook.com/100200/posts/300400?ref=x#top", "100200_300400"),
        ("https://www.facebook.com/EUTODAY/posts/some-words-here/300400/", "100200_300400"),
        ("https://www.facebook.com/EUTODAY/posts/pfbid0AbCdEf123", "pfbid0AbCdEf123"),
        ("https://www.facebook.com/permalink.php?story_fbid=300400&id=100200", "100200_300400"),
        ("https://www.facebook.com/story.php?id=100200&story_fbid=pfbid0Ab", "pfbid0Ab"),
    ],
)
def test_address_of_a_post(url: str, remote_id: str) -> None:
    assert facebook.remote_id_from_url(channel(page_id="100200"), url) == remote_id


@pytest.mark.parametrize("url", ["https://www.facebook.com/999_300400", "https://www.facebook.com/999/posts/300400"])
def test_address_of_another_pages_post(url: str) -> None:
    with pytest.raises(ValueError, match=r"of this Page \(100200\)"):
        facebook.remote_id_from_url(channel(page_id="100200"), url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "https://www.facebook.com/",
        "https://www.facebook.com/EUTODAY",
        "https://www.facebook.com/EUTODAY/photos/300400",
        "https://www.facebook.com/permalink.php?id=100200",
        "https://facebook.com.example/100200_300400",
        "ftp://www.facebook.com/100200_300400",
        "100200_300400",
    ],
)
def test_address_that_is_no_post(url: str) -> None:
    with pytest.raises(ValueError, match="not the URL of a Facebook post"):
        facebook.remote_id_from_url(channel(), url)


@pytest.mark.parametrize("status", [200, 201, 302, 408, 409, 500, 503])
@pytest.mark.parametrize("code", [10, 100, 190, 506])
def test_refusal_with_the_wrong_status_is_doubtful(code: int, status: int) -> None:
    fault = GraphFault(code=code, status=status)
    assert kind_of(fault, publishing=True) is OutcomeUnknown
    assert kind_of(fault, publishing=False) is Unreachable


def test_refusal_that_calls_itself_transient_is_doubtful() -> None:
    assert kind_of(GraphFault(code=190, status=400, transient=True), publishing=True) is OutcomeUnknown


@pytest.mark.parametrize(
    ("header", "wait"),
    [
        (
            '{"1": [{"estimated_time_to_regain_access": 3}, {"estimated_time_to_regain_access": "8"}]}',
            8,
        ),
        ('{"1": [{"estimated_time_to_regain_access": 1e400}, {"estimated_time_to_regain_access": [1]}]}', None),
        ('{"1": [{"estimated_time_to_regain_access": 9999999}]}', 24 * 60),
        ('{"1": [1, null], "2": "x"}', None),
        ("[]", None),
        ("x", None),
        ("", None),
    ],
)
def test_wait_in_the_usage_header(header: str, wait: int | None) -> None:
    expected = timedelta(minutes=wait) if wait else None
    assert regain({"x-business-use-case-usage": header}) == expected
    assert regain({}) is None
