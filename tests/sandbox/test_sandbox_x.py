"""Is the played X truthful? Documented requests and answers, replayed with plain HTTP and with tweepy."""

import base64
import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
import tweepy
import yaml
from openapi_schema_validator import OAS30Validator

from syndicator.sandbox.accounts import X
from syndicator.sandbox.x.text import weighted_length
from tests.shared import shared

LINK = "https://www.example.com/news/a-b?id=7&utm_source=x&utm_content=abcdefgh23456"


def problem(answer: requests.Response, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"].startswith("application/problem+json")
    return answer.json()


# --- create and read back


def test_a_post_is_created_and_read_back_escaped_and_shortened(sandbox, x):
    text = f"Fish & <chips> “now” 🐟 {LINK} #Politics"
    created = x.post(text)
    assert created.status_code == 201
    data = created.json()["data"]
    assert set(data) == {"id", "text", "edit_history_tweet_ids"}
    read = x.timeline(**{"tweet.fields": "created_at,entities", "max_results": 5}).json()
    assert read["meta"] == {"result_count": 1, "newest_id": data["id"], "oldest_id": data["id"]}
    (post,) = read["data"]
    (url,) = post["entities"]["urls"]
    assert post["text"] == data["text"] == f"Fish &amp; &lt;chips&gt; “now” 🐟 {url['url']} #Politics"
    assert url["expanded_url"] == LINK
    assert url["url"].startswith("https://t.co/")
    assert post["text"][url["start"] : url["end"]] == url["url"]
    (tag,) = post["entities"]["hashtags"]
    assert post["text"][tag["start"] : tag["end"]] == "#Politics"
    assert sandbox.state.posts("x")[0].text == text


def test_fields_come_only_when_asked_for(x):
    x.post(LINK)
    (bare,) = x.timeline().json()["data"]
    assert set(bare) == {"id", "text", "edit_history_tweet_ids"}
    (new,) = x.timeline(**{"post.fields": "entities"}).json()["data"]
    assert set(new) == {"id", "text", "entities", "edit_history_post_ids"}
    problem(x.timeline(**{"tweet.fields": "nonsense"}), 400)


@pytest.mark.parametrize("honoured", ["tweet.fields", "post.fields"])
def test_a_parameter_that_this_x_does_not_know_is_ignored(sandbox, x, honoured):
    sandbox.control.switch(x_fields=honoured)
    x.post(LINK)
    for name in ("tweet.fields", "post.fields"):
        (post,) = x.timeline(**{name: "entities"}).json()["data"]
        assert ("entities" in post) == (name == honoured)


def test_ids_are_snowflakes_of_the_sandbox_clock(sandbox, x):
    sandbox.control.clock(offset=60)
    post_id = int(x.post("one").json()["data"]["id"])
    seconds = ((post_id >> 22) + 1_288_834_974_657) / 1000
    assert abs(seconds - time.time() - 60) < 5
    assert int(x.post("two").json()["data"]["id"]) > post_id


def test_links_to_the_own_newsroom_are_unwound_with_their_title(sandbox, x):
    url = sandbox.control.article(title="A new bridge")["url"]
    x.post(f"{url}?utm_content=abcdefgh23456")
    (post,) = x.timeline(**{"tweet.fields": "entities"}).json()["data"]
    entity = post["entities"]["urls"][0]
    assert (entity["title"], entity["status"]) == ("A new bridge", 200)
    assert entity["unwound_url"].endswith("?utm_content=abcdefgh23456")


def test_pages_of_the_timeline(sandbox, x):
    sandbox.control.by_hand("x", "Post", count=12)
    first = x.timeline(max_results=5).json()
    second = x.timeline(max_results=5, pagination_token=first["meta"]["next_token"]).json()
    third = x.timeline(max_results=5, pagination_token=second["meta"]["next_token"]).json()
    ids = [int(post["id"]) for page in (first, second, third) for post in page["data"]]
    assert len(set(ids)) == 12
    assert ids == sorted(ids, reverse=True)
    assert "next_token" not in third["meta"]
    assert x.timeline(since_id=str(ids[0])).json() == {"meta": {"result_count": 0}}
    assert x.timeline(since_id=str(ids[3]), max_results=5).json()["meta"]["result_count"] == 3
    assert x.timeline(until_id=str(ids[9])).json()["meta"]["result_count"] == 2
    problem(x.timeline(pagination_token="what?"), 400)


def test_times_limit_the_timeline(sandbox, x):
    old, _new = (x.post(text).json()["data"]["id"] for text in ("old", "new"))
    sandbox.control.age("x", old, 3600)
    half_an_hour_ago = (datetime.now(UTC) - timedelta(minutes=30)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert [post["text"] for post in x.timeline(start_time=half_an_hour_ago).json()["data"]] == ["new"]
    assert [post["text"] for post in x.timeline(end_time=half_an_hour_ago).json()["data"]] == ["old"]
    problem(x.timeline(start_time="yesterday"), 400)
    problem(x.timeline(start_time="2099-01-01T00:00:00Z"), 400)
    problem(x.timeline(max_results=4), 400)
    problem(x.timeline(max_results=101), 400)


def test_delete_and_delete_again(sandbox, x):
    post_id = x.post("gone soon").json()["data"]["id"]
    assert x.send("DELETE", f"/2/tweets/{post_id}").json() == {"data": {"deleted": True}}
    assert not sandbox.state.posts("x")
    assert problem(x.send("DELETE", f"/2/tweets/{post_id}"), 404)["type"].endswith("/resource-not-found")


def test_users_me(x):
    assert x.send("GET", "/2/users/me").json() == {
        "data": {"id": X["user_id"], "name": X["name"], "username": X["username"]}
    }


# --- refusals


def test_the_same_words_again_are_a_duplicate(sandbox, x):
    x.post("The same words")
    refused = problem(x.post("The same words"), 403)
    assert refused == {
        "detail": "You are not allowed to create a Tweet with duplicate content.",
        "type": "about:blank",
        "title": "Forbidden",
        "status": 403,
    }
    assert len(sandbox.state.posts("x")) == 1
    sandbox.control.advance(86_401)
    assert x.send(
        "POST", "/2/tweets", x.sign(timestamp=str(int(time.time()) + 86_401)), json={"text": "The same words"}
    ).ok


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("a" * 280, 201),
        ("a" * 281, 403),
        ("語" * 140, 201),
        ("語" * 141, 403),
        ("x" * 256 + " " + "https://example.com/" + "y" * 300, 201),
        ("x" * 257 + " " + "https://example.com/", 403),
        ("x" * 256 + " Booking.com", 201),
        ("x" * 257 + " Booking.com", 403),
        ("👨‍👩‍👧‍👦" * 140, 201),
        ("👨‍👩‍👧‍👦" * 141, 403),
        ("$TSLA and $AAPL", 403),
        ("$TSLA and $5", 201),
        ("", 400),
        ("   ", 400),
        ("bad \ufeff character", 400),
    ],
)
def test_the_words_are_checked(x, text, status):
    assert x.post(text).status_code == status


def test_lengths_are_those_of_the_published_cases():
    cases = yaml.safe_load(shared("platforms/twitter-text/validate.yml").read_text(encoding="utf-8"))["tests"]
    cases = cases["WeightedTweetsWithDiscountedEmojiCounterTest"]
    differences = [weighted_length(case["text"]) - case["expected"]["weightedLength"] for case in cases]
    assert max(differences) == 0, "the sandbox must not refuse what X takes"
    assert differences.count(0) >= len(cases) - 3, "it is lenient with impossible host names only"


def test_unknown_and_closed_fields_are_refused(x):
    problem(x.post("hi", nonsense=1), 400)
    problem(x.post("hi", quote_tweet_id="1"), 403)
    problem(x.send("POST", "/2/tweets", data="text=hi"), 400)


def test_the_limit_is_counted_and_told_in_headers(sandbox, x):
    sandbox.control.switch(x_post_limit=3)
    left = [x.post(f"post {n}").headers["x-rate-limit-remaining"] for n in range(3)]
    assert left == ["2", "1", "0"]
    refused = x.post("too many")
    assert problem(refused, 429)["title"] == "Too Many Requests"
    assert refused.headers["x-rate-limit-limit"] == "3"
    assert 0 < int(refused.headers["x-rate-limit-reset"]) - time.time() <= 900
    sandbox.control.advance(901)
    assert x.send("POST", "/2/tweets", x.sign(timestamp=str(int(time.time()) + 901)), json={"text": "again"}).ok


# --- the door


def test_signatures_are_verified(sandbox, x):
    for changes in ({"client_secret": "wrong"}, {"resource_owner_secret": "wrong"}, {"client_key": "wrong"}):
        refused = x.send("POST", "/2/tweets", x.sign(**changes), json={"text": "hi"})
        assert (refused.status_code, refused.json()["errors"][0]["code"]) == (401, 32)
    unknown = x.send("POST", "/2/tweets", x.sign(resource_owner_key="1-other"), json={"text": "hi"})
    assert (unknown.status_code, unknown.json()["errors"][0]["code"]) == (401, 89)
    assert problem(requests.post(x.base + "/2/tweets", json={"text": "hi"}, timeout=5), 401)["detail"] == "Unauthorized"
    assert not sandbox.state.posts("x")


def test_a_signature_is_for_one_address_and_for_its_parameters(x):
    prepared = requests.Request(
        "GET", f"{x.base}/2/users/{X['user_id']}/tweets", params={"max_results": 5, "since_id": "1"}, auth=x.sign()
    ).prepare()
    assert x.session.send(prepared, timeout=5).ok
    prepared.url = prepared.url.replace("max_results=5", "max_results=6")
    assert x.session.send(prepared, timeout=5).status_code == 401


@pytest.mark.parametrize("skew", [-601, 601])
def test_stale_time_stamps_are_refused(sandbox, x, skew):
    refused = x.send("POST", "/2/tweets", x.sign(timestamp=str(int(time.time()) + skew)), json={"text": "late"})
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (401, 135)
    assert not sandbox.state.posts("x")
    sandbox.control.switch(x_oauth_window=1200)
    assert x.send("POST", "/2/tweets", x.sign(timestamp=str(int(time.time()) + skew)), json={"text": "late"}).ok


def test_a_signed_request_cannot_be_replayed(sandbox, x):
    prepared = requests.Request("POST", x.base + "/2/tweets", json={"text": "once"}, auth=x.sign()).prepare()
    assert x.session.send(prepared, timeout=5).status_code == 201
    assert x.session.send(prepared, timeout=5).status_code == 401


def test_app_only_tokens_may_read_but_not_post(x):
    bearer = {"Authorization": f"Bearer {X['bearer_token']}"}
    assert requests.get(f"{x.base}/2/users/{X['user_id']}/tweets", headers=bearer, timeout=5).ok
    refused = requests.post(f"{x.base}/2/tweets", headers=bearer, json={"text": "hi"}, timeout=5)
    assert problem(refused, 403)["type"].endswith("/unsupported-authentication")


def test_permissions_can_be_taken_away(sandbox, x):
    sandbox.control.switch(x_reads=False)
    assert problem(x.timeline(), 403)["reason"] == "client-not-enrolled"
    sandbox.control.switch(x_writes=False)
    problem(x.post("hi"), 403)
    sandbox.control.switch(x_revoked=True)
    assert x.post("hi").status_code == 401


# --- pictures


def upload(x: Any, picture: bytes) -> requests.Response:
    body = {"media": base64.b64encode(picture).decode(), "media_category": "tweet_image"}
    return x.send("POST", "/2/media/upload", json=body)


def describe(x: Any, media_id: str, text: str) -> requests.Response:
    return x.send("POST", "/2/media/metadata", json={"id": media_id, "metadata": {"alt_text": {"text": text}}})


def test_a_picture_with_alternative_text(sandbox, x, picture):
    data = upload(x, picture).json()["data"]
    assert data["image"] == {"image_type": "image/png", "w": 4, "h": 3}
    assert describe(x, data["id"], "A gull").json()["data"]["associated_metadata"] == {"alt_text": {"text": "A gull"}}
    assert describe(x, data["id"], "y" * 1001).status_code == 400
    created = x.post("Look", media={"media_ids": [data["id"]]}).json()["data"]
    assert created["text"].startswith("Look https://t.co/")
    (post,) = sandbox.state.posts("x")
    assert [(media.alt, media.data) for media in post.media] == [("A gull", picture)]
    assert requests.get(f"{sandbox.url}/media/{data['id']}", timeout=5).content == picture
    (read,) = x.timeline(**{"tweet.fields": "attachments"}).json()["data"]
    assert read["attachments"] == {"media_keys": [data["media_key"]]}


def test_multipart_upload_too(x, picture):
    sent = x.send(
        "POST", "/2/media/upload", files={"media": ("a.png", picture)}, data={"media_category": "tweet_image"}
    )
    assert sent.json()["data"]["size"] == len(picture)


def test_pictures_must_exist_be_pictures_and_not_have_expired(sandbox, x, picture):
    problem(x.post("Look", media={"media_ids": ["123"]}), 400)
    problem(upload(x, b"<svg/>"), 400)
    problem(upload(x, picture + b"\0" * (5 * 1024 * 1024)), 400)
    media_id = upload(x, picture).json()["data"]["id"]
    sandbox.control.switch(x_oauth_window=10**6)
    sandbox.control.advance(86_401)
    assert (
        "media IDs are invalid" in problem(x.post("Look", media={"media_ids": [media_id]}), 400)["errors"][0]["message"]
    )
    assert not sandbox.state.posts("x")


# --- against the published document, and with the SDK


def test_answers_are_as_the_openapi_document_says(x, picture):
    document = json.loads(shared("platforms/x-openapi.json").read_text(encoding="utf-8"))
    x.post(f"Hello $TSLA #tag @someone {LINK}")
    answers = {
        "CreatePostsResponse": x.post("Hi"),
        "GetUsersPostsResponse": x.timeline(**{"post.fields": "created_at,entities,conversation_id,lang"}),
        "GetUsersMeResponse": x.send("GET", "/2/users/me"),
        "MediaUploadResponse": upload(x, picture),
        "DeletePostsResponse": x.send("DELETE", f"/2/tweets/{x.post('bye').json()['data']['id']}"),
        "InvalidRequestProblem": x.post(""),
        "ResourceNotFoundProblem": x.send("DELETE", "/2/tweets/1"),
    }
    for name, answer in answers.items():
        schema = {**document["components"]["schemas"][name], "components": document["components"]}
        assert not [error.message for error in OAS30Validator(schema).iter_errors(answer.json())], name


def test_tweepy_works_against_it(sandbox):
    class Session(requests.Session):
        def request(self, method: str, url: str, **arguments: Any) -> requests.Response:
            url = url.replace("https://api.twitter.com", sandbox.urls.x)
            return super().request(method, url, **{**arguments, "timeout": 5, "allow_redirects": False})

    client = tweepy.Client(
        consumer_key=X["consumer_key"],
        consumer_secret=X["consumer_secret"],
        access_token=X["access_token"],
        access_token_secret=X["access_token_secret"],
    )
    client.session = Session()
    try:
        post_id = client.create_tweet(text=f"Über “alles”: {LINK}").data["id"]
        posts = client.get_users_tweets(X["user_id"], user_auth=True, tweet_fields=["entities", "created_at"]).data
        assert posts[0].entities["urls"][0]["expanded_url"] == LINK
        with pytest.raises(tweepy.Forbidden, match="duplicate content"):
            client.create_tweet(text=f"Über “alles”: {LINK}")
        assert client.delete_tweet(post_id).data == {"deleted": True}
        assert client.get_me().data.username == X["username"]
    finally:
        client.session.close()
