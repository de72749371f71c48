"""Are the played YouTube Data API and Google's token endpoint truthful? With plain HTTP and with Google's client."""

import io
import json
from typing import Any

import httplib2
import pytest
import requests
from conftest import png
from googleapiclient import discovery_cache
from googleapiclient.discovery import build_from_document
from googleapiclient.errors import HttpError
from googleapiclient.http import MediaIoBaseUpload

from syndicator.sandbox.accounts import YOUTUBE

TEXT = "Read this: https://www.example.com/a?utm_content=abcdefgh23456"
VIDEO = b"v" * (256 * 1024) + b"tail"


def refusal(answer: requests.Response, status: int, reason: str) -> dict[str, Any]:
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["errors"][0]["reason"]) == (status, status, reason)
    assert error["message"] == error["errors"][0]["message"]
    return error


# --- tokens


def test_refresh_grants_and_expiry(sandbox, youtube):
    grant = youtube.refresh().json()
    assert set(grant) == {"access_token", "expires_in", "scope", "token_type"}
    assert youtube.send("GET", "/youtube/v3/channels?part=snippet&mine=true").ok
    sandbox.control.advance(3601)
    expired = youtube.send("GET", "/youtube/v3/channels?part=snippet&mine=true")
    refusal(expired, 401, "authError")
    assert expired.headers["WWW-Authenticate"].startswith("Bearer")


def test_dead_refresh_tokens_and_wrong_clients(sandbox, youtube):
    assert youtube.refresh(refresh_token="old").json()["error"] == "invalid_grant"
    assert youtube.refresh(client_secret="wrong").json()["error"] == "invalid_client"
    assert youtube.refresh(grant_type="password").json()["error"] == "unsupported_grant_type"
    sandbox.control.switch(youtube_revoked=True)
    dead = youtube.refresh()
    assert (dead.status_code, dead.json()["error"]) == (400, "invalid_grant")
    refusal(youtube.post("Hi"), 401, "authError")


def test_requests_need_a_token_with_the_right_scope(sandbox, youtube):
    bare = requests.get(f"{youtube.base}/youtube/v3/posts?part=snippet&channelId=x", timeout=5)
    refusal(bare, 401, "required")
    sandbox.control.switch(youtube_scopes=["https://www.googleapis.com/auth/youtube.readonly"])
    refusal(youtube.post("Hi"), 403, "insufficientPermissions")
    assert youtube.send("GET", "/youtube/v3/channels?part=snippet&mine=true").ok


# --- posts


def test_a_post_is_created_listed_changed_and_deleted(sandbox, youtube):
    created = youtube.post(TEXT)
    assert created.status_code == 200
    post = created.json()
    assert post["kind"] == "youtube#post"
    assert post["id"].startswith("Ugkx")
    assert len(post["id"]) == 36
    assert post["snippet"]["channelId"] == YOUTUBE["channel_id"]
    query = {"part": "snippet,status", "channelId": YOUTUBE["channel_id"]}
    (item,) = youtube.send("GET", "/youtube/v3/posts", params=query).json()["items"]
    assert item["snippet"]["textDisplay"] == TEXT
    assert item["status"]["publishingStatus"] == "published"
    changed = {"id": post["id"], "snippet": {"textDisplay": "Corrected"}}
    youtube.send("PUT", "/youtube/v3/posts", params={"part": "snippet"}, json=changed)
    by_id = youtube.send("GET", "/youtube/v3/posts", params={"part": "snippet", "id": post["id"]}).json()
    assert by_id["items"][0]["snippet"]["textDisplay"] == "Corrected"
    assert youtube.send("DELETE", "/youtube/v3/posts", params={"id": post["id"]}).json() == {}
    refusal(youtube.send("DELETE", "/youtube/v3/posts", params={"id": post["id"]}), 404, "postNotFound")
    assert sandbox.control.bodies("youtube") == {"abcdefgh23456": 1}


def test_pages_of_posts(sandbox, youtube):
    sandbox.control.by_hand("youtube", "Post", count=7)
    query = {"part": "snippet", "channelId": YOUTUBE["channel_id"], "maxResults": 3}
    seen, token = [], ""
    while token is not None:
        page = youtube.send("GET", "/youtube/v3/posts", params={**query, "pageToken": token}).json()
        seen += [item["snippet"]["textDisplay"] for item in page["items"]]
        token = page.get("nextPageToken")
    assert seen == [f"Post {number}" for number in range(7, 0, -1)]
    assert page["pageInfo"] == {"totalResults": 7, "resultsPerPage": 3}
    refusal(youtube.send("GET", "/youtube/v3/posts", params={**query, "pageToken": "?"}), 400, "invalidPageToken")


def test_bad_requests(sandbox, youtube):
    path = "/youtube/v3/posts"
    refusal(youtube.post(""), 400, "required")
    refusal(youtube.post("x" * 1001), 400, "postTextTooLong")
    refusal(youtube.send("GET", path, params={"part": "snippet"}), 400, "missingRequiredParameter")
    refusal(youtube.send("POST", path, json={"snippet": {"textDisplay": "x"}}), 400, "missingRequiredParameter")
    refusal(youtube.send("POST", path, params={"part": "what"}, json={}), 400, "unknownPart")
    refusal(youtube.send("POST", path, params={"part": "snippet"}, json={"text": "x"}), 400, "badRequest")
    refusal(youtube.send("POST", path, params={"part": "snippet"}, data="x"), 400, "parseError")
    sandbox.control.switch(youtube_text_limit=2000)
    assert youtube.post("x" * 1001).ok


@pytest.mark.parametrize(("status", "reason"), [(404, "notFound"), (403, "forbidden")])
def test_outside_the_pilot_there_are_no_posts(sandbox, youtube, status, reason):
    sandbox.control.switch(pilot=False, pilot_refusal=status)
    refusal(youtube.post("Hi"), status, reason)
    refusal(youtube.send("GET", "/youtube/v3/posts?part=snippet&channelId=x"), status, reason)
    assert youtube.send("GET", "/youtube/v3/channels?part=snippet&mine=true").ok


def test_images(sandbox, youtube, picture):
    path = "/upload/youtube/v3/posts/image"
    simple = youtube.send(
        "POST", path, params={"uploadType": "media"}, data=picture, headers={"Content-Type": "image/png"}
    )
    token = simple.json()["uploadToken"]
    post = youtube.post("Look", imageAttachments=[{"uploadToken": token}]).json()
    assert post["attachments"]["imageAttachments"][0]["imagePreview"]
    assert sandbox.state.posts("youtube")[0].media[0].data == picture
    again = youtube.post("Again", imageAttachments=[{"uploadToken": token}])
    refusal(again, 400, "invalidUploadToken")
    refusal(youtube.post("x", imageAttachments=[{"uploadToken": "t"}] * 11), 400, "tooManyImages")


@pytest.mark.parametrize(
    ("data", "status", "reason"),
    [
        (b"<html>", 400, "imageFormatUnsupported"),
        (png(10, 26), 400, "invalidImageRatio"),
        (png(26, 10), 400, "invalidImageRatio"),
        (png() + b"\0" * (16 * 1024 * 1024), 413, "uploadTooLarge"),
    ],
)
def test_images_are_checked_by_their_content(youtube, data, status, reason):
    refusal(youtube.send("POST", "/upload/youtube/v3/posts/image", data=data), status, reason)


@pytest.mark.parametrize(("width", "height"), [(10, 25), (25, 10), (10, 10)])
def test_images_up_to_the_allowed_ratio(youtube, width, height):
    assert youtube.send("POST", "/upload/youtube/v3/posts/image", data=png(width, height)).ok


# --- channels and videos


def test_the_channel(youtube):
    page = youtube.send("GET", "/youtube/v3/channels?part=snippet,status&mine=true").json()
    (channel,) = page["items"]
    assert (channel["id"], channel["snippet"]["title"]) == (YOUTUBE["channel_id"], YOUTUBE["title"])
    assert "statistics" not in channel
    assert youtube.send("GET", "/youtube/v3/channels?part=snippet&id=UCother").json()["items"] == []


def start_upload(youtube: Any, privacy: str = "private") -> str:
    answer = youtube.send(
        "POST",
        "/upload/youtube/v3/videos?uploadType=resumable&part=snippet,status",
        headers={"X-Upload-Content-Length": str(len(VIDEO)), "X-Upload-Content-Type": "video/mp4"},
        json={"snippet": {"title": "News", "description": TEXT}, "status": {"privacyStatus": privacy}},
    )
    assert (answer.status_code, answer.content) == (200, b"")
    return answer.headers["Location"]


def put(youtube: Any, session: str, place: str, data: bytes = b"") -> requests.Response:
    return youtube.send("PUT", session, headers={"Content-Range": place}, data=data)


def test_a_resumable_upload_goes_on_and_remembers_its_result(sandbox, youtube):
    session, size = start_upload(youtube), len(VIDEO)
    nothing = put(youtube, session, f"bytes */{size}")
    assert (nothing.status_code, "Range" in nothing.headers) == (308, False)
    half = put(youtube, session, f"bytes 0-{256 * 1024 - 1}/{size}", VIDEO[: 256 * 1024])
    assert (half.status_code, half.headers["Range"]) == (308, f"bytes=0-{256 * 1024 - 1}")
    assert put(youtube, session, f"bytes */{size}").headers["Range"] == half.headers["Range"]
    refusal(put(youtube, session, f"bytes 0-99/{size}", VIDEO[:100]), 400, "badContentRange")
    done = put(youtube, session, f"bytes {256 * 1024}-{size - 1}/{size}", VIDEO[256 * 1024 :])
    video = done.json()
    assert (done.status_code, video["status"]["privacyStatus"]) == (200, "private")
    assert put(youtube, session, f"bytes */{size}").json()["id"] == video["id"]
    assert not sandbox.state.posts("youtube")
    assert len(sandbox.state.posts("youtube", drafts=True)) == 1
    change = {"id": video["id"], "status": {"privacyStatus": "public"}}
    assert youtube.send("PUT", "/youtube/v3/videos?part=status", json=change).ok
    assert len(sandbox.state.posts("youtube")) == 1
    assert sandbox.control.flips() == {"abcdefgh23456": 1}
    listed = youtube.send("GET", "/youtube/v3/videos", params={"part": "status", "id": video["id"]}).json()["items"]
    assert listed[0]["status"]["privacyStatus"] == "public"
    assert youtube.send("DELETE", "/youtube/v3/videos", params={"id": video["id"]}).status_code == 204
    refusal(put(youtube, session, f"bytes */{size}"), 404, "videoNotFound")


def test_a_public_upload_counts_once_as_a_visible_create(sandbox, youtube):
    session, size = start_upload(youtube, "public"), len(VIDEO)
    put(youtube, session, f"bytes 0-{256 * 1024 - 1}/{size}", VIDEO[: 256 * 1024])
    put(youtube, session, f"bytes {256 * 1024}-{size - 1}/{size}", VIDEO[256 * 1024 :])
    assert put(youtube, session, f"bytes */{size}").ok
    assert sandbox.control.bodies() == {"abcdefgh23456": 1}
    assert len(sandbox.state.posts("youtube")) == 1


def test_upload_sessions_expire(sandbox, youtube):
    session = start_upload(youtube)
    sandbox.control.switch(youtube_token_seconds=10**7)
    youtube.token = youtube.refresh().json()["access_token"]
    sandbox.control.advance(8 * 86_400)
    refusal(put(youtube, session, f"bytes */{len(VIDEO)}"), 404, "notFound")


def test_google_client_works_against_it(sandbox, youtube):
    class Http(httplib2.Http):
        def request(self, uri: str, method: str = "GET", **arguments: Any) -> Any:
            arguments["headers"] = {**(arguments.get("headers") or {}), "authorization": f"Bearer {youtube.token}"}
            return super().request(uri, method, **arguments)

    document = json.loads(discovery_cache.get_static_doc("youtube", "v3"))
    document["rootUrl"] = sandbox.urls.youtube + "/"
    http = Http(timeout=5)
    http.redirect_codes = http.redirect_codes - {308}  # as Google's own build_http does: 308 means "go on" here
    service = build_from_document(document, http=http)
    try:
        channel = service.channels().list(part="snippet", mine=True).execute()["items"][0]
        assert channel["id"] == YOUTUBE["channel_id"]
        media = MediaIoBaseUpload(io.BytesIO(VIDEO), "video/mp4", chunksize=256 * 1024, resumable=True)
        body = {"snippet": {"title": "News"}, "status": {"privacyStatus": "private"}}
        video = service.videos().insert(part="snippet,status", body=body, media_body=media).execute()
        assert video["status"]["privacyStatus"] == "private"
        with pytest.raises(HttpError) as caught:
            service.videos().delete(id="unknown").execute()
        assert caught.value.status_code == 404
    finally:
        http.close()
