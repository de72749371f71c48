"""Is the played Graph API truthful? Documented requests and answers, replayed with plain HTTP and with pyfacebook."""

import json
import time
from typing import Any

import pytest
import requests
from pyfacebook import FacebookError, GraphAPI

from syndicator.sandbox.accounts import FACEBOOK

LINK = "https://www.example.com/news/a?utm_source=facebook&utm_content=abcdefgh23456"
FIELDS = "id,message,created_time,permalink_url,is_published,application,attachments{unshimmed_url,title}"


def error(answer: requests.Response, code: int, subcode: int | None = None) -> dict[str, Any]:
    found = answer.json()["error"]
    assert answer.status_code >= 400
    assert (found["code"], found.get("error_subcode")) == (code, subcode)
    assert found["fbtrace_id"]
    return found


# --- posting


def test_a_link_post_is_created_and_read_back(sandbox, graph):
    created = graph.post("Fish & <chips>", link=LINK)
    post_id = created.json()["id"]
    assert created.status_code == 200
    assert post_id.startswith(FACEBOOK["page_id"] + "_")
    assert created.headers["content-type"].startswith("application/json")
    (post,) = graph.published(fields=FIELDS).json()["data"]
    assert post.pop("created_time").endswith("+0000")
    assert post.pop("attachments")["data"][0] == {"unshimmed_url": LINK, "title": "www.example.com"}
    assert post == {
        "id": post_id,
        "message": "Fish & <chips>",
        "permalink_url": f"https://www.facebook.com/{post_id}",
        "is_published": True,
        "application": {"id": FACEBOOK["app_id"], "name": FACEBOOK["app_name"]},
    }
    whole = graph.send("GET", f"/{post_id}", {"fields": "attachments,from"}).json()
    assert whole["attachments"]["data"][0]["url"].startswith("https://l.facebook.com/l.php?u=https%3A%2F%2Fwww.example")
    assert whole["from"]["name"] == FACEBOOK["page_name"]
    assert graph.send("GET", f"/{post_id}").json().keys() == {"created_time", "message", "id"}


@pytest.mark.parametrize("version", ["v19.0", "v26.0", "v31.2"])
def test_any_version_is_served(sandbox, version):
    token = {"access_token": FACEBOOK["page_token"]}
    answer = requests.get(f"{sandbox.urls.graph}/{version}/me", params=token, timeout=5)
    assert answer.json() == {"name": FACEBOOK["page_name"], "id": FACEBOOK["page_id"]}
    error(requests.get(f"{sandbox.urls.graph}/v26/me", params=token, timeout=5), 2500)


def test_drafts_are_invisible_until_flipped_and_the_flip_can_be_repeated(sandbox, graph):
    post_id = graph.post("Draft", link=LINK, published="false").json()["id"]
    assert graph.published().json() == {"data": []}
    assert graph.send("GET", f"/{post_id}", {"fields": "is_published"}).json()["is_published"] is False
    assert [post["id"] for post in graph.send("GET", f"/{graph.page}/scheduled_posts").json()["data"]] == [post_id]
    for _ in range(3):
        assert graph.send("POST", f"/{post_id}", {"is_published": "true"}).json() == {"success": True}
    assert [post["id"] for post in graph.published().json()["data"]] == [post_id]
    assert sandbox.control.bodies() == {}
    assert sandbox.control.flips() == {"abcdefgh23456": 3}


def test_a_page_that_ignores_published_false(sandbox, graph):
    sandbox.control.switch(facebook_honours_unpublished=False)
    graph.post("Draft", published="false")
    assert len(graph.published().json()["data"]) == 1


def test_scheduled_posts_appear_when_they_are_due(sandbox, graph):
    due = int(time.time()) + 3600
    too_soon = graph.post("x", published="false", scheduled_publish_time=str(int(time.time()) + 60))
    error(too_soon, 100, 1363009)
    graph.post("Later", published="false", scheduled_publish_time=str(due), unpublished_content_type="SCHEDULED")
    assert not graph.published().json()["data"]
    assert not sandbox.state.posts("facebook")
    sandbox.control.advance(3601)
    sandbox.control.switch(facebook_proof_window=10_000)
    assert [post["message"] for post in graph.published().json()["data"]] == ["Later"]


def test_edit_delete_and_gone(sandbox, graph):
    post_id = graph.post("Frist").json()["id"]
    assert graph.send("POST", f"/{post_id}", {"message": "First"}).json() == {"success": True}
    assert sandbox.state.posts("facebook")[0].text == "First"
    assert graph.send("DELETE", f"/{post_id}").json() == {"success": True}
    for method in ("GET", "POST", "DELETE"):
        assert error(graph.send(method, f"/{post_id}"), 100, 33)["type"] == "GraphMethodException"
    (by_hand,) = sandbox.control.by_hand("facebook", "Editor's own")
    error(graph.send("POST", f"/{by_hand.id}", {"message": "Mine"}), 10)


def test_lists_have_cursors_and_times(sandbox, graph):
    sandbox.control.by_hand("facebook", "Post", count=5)
    oldest = sandbox.state.posts("facebook")[0]
    sandbox.control.age("facebook", oldest.id, 7200)
    page = graph.published(limit=2).json()
    seen = [post["message"] for post in page["data"]]
    while next_url := page["paging"].get("next"):
        page = requests.get(next_url, timeout=5).json()
        seen += [post["message"] for post in page["data"]]
    assert seen == ["Post 5", "Post 4", "Post 3", "Post 2", "Post 1"]
    assert graph.published(until=str(int(time.time()) - 3600)).json()["data"][0]["message"] == "Post 1"
    assert len(graph.published(since=str(int(time.time()) - 3600)).json()["data"]) == 4
    error(graph.published(limit=101), 100)


def test_only_existing_fields_can_be_asked_for(graph):
    error(graph.published(fields="id,nonsense"), 100)
    error(graph.published(fields="id,attachments{url"), 2500)
    error(graph.published(fields="link"), 12)


# --- photos


def test_photos_published_at_once(sandbox, graph, picture):
    answer = graph.send(
        "POST",
        f"/{graph.page}/photos",
        {"caption": f"Look {LINK}", "alt_text_custom": "A gull"},
        files={"source": ("a.png", picture)},
    ).json()
    assert set(answer) == {"id", "post_id"}
    (post,) = sandbox.state.posts("facebook")
    assert (post.id, post.text, post.media[0].alt) == (answer["post_id"], f"Look {LINK}", "A gull")
    assert sandbox.control.bodies() == {"abcdefgh23456": 1}


def test_photos_uploaded_first_and_attached_later(sandbox, graph, picture):
    def upload() -> str:
        return graph.send(
            "POST", f"/{graph.page}/photos", {"published": "false"}, files={"source": ("a.png", picture)}
        ).json()["id"]

    ids = [upload(), upload()]
    assert not sandbox.state.posts("facebook")
    fields = {f"attached_media[{n}]": json.dumps({"media_fbid": photo}) for n, photo in enumerate(ids)}
    assert graph.post("Two gulls", **fields).status_code == 200
    assert [media.id for media in sandbox.state.posts("facebook")[0].media] == ids
    error(graph.post("None", **{"attached_media[0]": json.dumps({"media_fbid": "1"})}), 100, 1366046)
    sandbox.control.switch(facebook_proof_window=10**6)
    late = upload()
    sandbox.control.advance(86_401)
    error(graph.post("Late", **{"attached_media[0]": json.dumps({"media_fbid": late})}), 100, 1366046)


def test_photos_by_address_come_from_the_own_newsroom_only(sandbox, graph):
    article = next(article for article in sandbox.newsroom.articles if article.image_path)
    url = f"{sandbox.url}{article.image_path}"
    assert "post_id" in graph.send("POST", f"/{graph.page}/photos", {"url": url}).json()
    for bad in ("http://169.254.169.254/x.png", f"{sandbox.url}/control/state", f"{url}x"):
        error(graph.send("POST", f"/{graph.page}/photos", {"url": bad}), 324, 2069019)
    error(graph.send("POST", f"/{graph.page}/photos", {}, files={"source": ("a.png", b"no picture")}), 324, 2069019)


# --- refusals and the door


def test_the_same_post_twice_in_a_row_is_refused(sandbox, graph):
    assert graph.post("Same", link=LINK).ok
    error(graph.post("Same", link=LINK), 506, 1366051)
    assert graph.post("Other").ok
    assert graph.post("Same", link=LINK).ok
    assert len(sandbox.state.posts("facebook")) == 3


def test_bad_parameters(graph):
    error(graph.post(""), 100)
    error(graph.post("Hi", link="javascript:alert(1)"), 100, 1609008)
    error(graph.post("é" * 63_207), 100)
    assert graph.post("é" * 63_206).ok


def test_proofs_are_verified_and_expire(sandbox, graph):
    assert graph.post("No time", **{**graph.proof(), "appsecret_time": None}).ok
    for number, at in enumerate((time.time() - 301, time.time() + 330)):
        assert "appsecret_proof" in error(graph.post(f"Stale {number}", **graph.proof(at=at)), 100)["message"]
    error(graph.post("Forged", appsecret_proof="0" * 64), 100)
    error(graph.post("Time without its proof", appsecret_time=str(int(time.time()) - 5)), 100)
    sandbox.control.switch(facebook_proof_required=True)
    error(graph.post("None", appsecret_proof=None, appsecret_time=None), 100)
    assert [post.text for post in sandbox.state.posts("facebook")] == ["No time"]


def test_tokens_are_checked(sandbox, graph):
    error(graph.send("GET", "/me", {"access_token": None}), 104)
    wrong = graph.send("GET", "/me", {"access_token": "wrong"})
    assert "invalid_token" in wrong.headers["WWW-Authenticate"]
    error(wrong, 190)
    sandbox.control.switch(facebook_revoked=True)
    error(graph.post("Hi"), 190, 460)


def test_permissions_are_checked(sandbox, graph):
    sandbox.control.switch(facebook_scopes=["pages_read_engagement"])
    assert "pages_manage_posts" in error(graph.post("Hi"), 200)["message"]
    assert graph.published().ok
    sandbox.control.switch(facebook_scopes=["pages_manage_posts"])
    error(graph.published(), 200)


def test_debug_token(sandbox, graph):
    app_token = f"{FACEBOOK['app_id']}|{FACEBOOK['app_secret']}"
    ask = {"input_token": FACEBOOK["page_token"], "access_token": app_token}
    data = graph.send("GET", "/debug_token", ask).json()["data"]
    assert (data["is_valid"], data["type"], data["profile_id"]) == (True, "PAGE", FACEBOOK["page_id"])
    assert (data["expires_at"], data["app_id"]) == (0, FACEBOOK["app_id"])
    assert data["data_access_expires_at"] > time.time()
    sandbox.control.switch(facebook_revoked=True)
    assert graph.send("GET", "/debug_token", ask).json()["data"]["error"]["code"] == 190


def test_scraping_tells_what_the_page_says(sandbox, graph):
    url = sandbox.control.article(title="A new bridge")["url"]
    scraped = graph.send("POST", "/", {"id": url, "scrape": "true"}).json()
    assert (scraped["url"], scraped["type"], scraped["title"]) == (url, "article", "A new bridge")
    graph.post("Read", link=f"{url}?utm_content=abcdefgh23456")
    (post,) = graph.published(fields="attachments").json()["data"]
    assert post["attachments"]["data"][0]["title"] == "A new bridge"
    assert post["attachments"]["data"][0]["unshimmed_url"].endswith("?utm_content=abcdefgh23456")


def test_usage_headers_appear_with_use(graph):
    assert "X-App-Usage" not in graph.send("GET", "/me").headers
    last = [graph.send("GET", "/me") for _ in range(60)][-1].headers
    assert json.loads(last["X-App-Usage"])["call_count"] == 1
    (usage,) = json.loads(last["X-Business-Use-Case-Usage"])[FACEBOOK["page_id"]]
    assert usage["type"] == "pages"
    assert last["facebook-api-version"] == "v26.0"


def test_pyfacebook_works_against_it(sandbox):
    api = GraphAPI(
        access_token=FACEBOOK["page_token"],
        app_secret=FACEBOOK["app_secret"],
        version="v26.0",
        base_url=sandbox.urls.graph + "/",
        sleep_on_rate_limit=False,
        timeout=5,
    )
    page = FACEBOOK["page_id"]
    try:
        first = api.post_object(page, connection="feed", data={"message": "Hi", "link": LINK})["id"]
        with pytest.raises(FacebookError) as caught:
            api.post_object(page, connection="feed", data={"message": "Hi", "link": LINK})
        assert caught.value.code == 506
        second = api.post_object(page, connection="feed", data={"message": "More"})["id"]
        found = api.get_full_connections(page, "published_posts", count=None, limit=1, fields=FIELDS)["data"]
        assert [post["id"] for post in found] == [second, first]
        assert api.delete_object(first) == {"success": True}
    finally:
        api.session.close()
