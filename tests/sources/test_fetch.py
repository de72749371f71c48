import asyncio
import gzip
import hashlib
import time
import zlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from syndicator import __version__
from syndicator.errors import SourceInvalid, SourceUnreachable
from syndicator.sources import Fetched, Validators, _agent
from syndicator.sources._fetch import Fetcher
from syndicator.sources._headers import retry_after

from .site import Site, drip

Get = Callable[..., Fetched]


def test_an_ordinary_answer(site: Site, get: Get) -> None:
    url = site.page("/feed", b"<rss/>", Content_Type="text/xml; charset=ISO-8859-1", ETag='W/"a"', Last_Modified="then")
    fetched = get(url)
    assert (fetched.status, fetched.body, fetched.url, fetched.charset) == (200, b"<rss/>", url, "iso-8859-1")
    digest = hashlib.sha256(b"<rss/>").hexdigest()
    assert fetched.validators == Validators(etag='W/"a"', last_modified="then", url=url, digest=digest)


def test_it_says_who_it_is_and_sends_nothing_else(site: Site, get: Get, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    get(site.page("/feed", b"x", Set_Cookie="a=b"))
    get(site.url + "/feed")
    headers = site.requests[-1][1]
    assert headers["user-agent"].startswith(f"syndicator/{__version__}")
    assert headers["accept-encoding"] == "gzip, deflate"
    assert not {"cookie", "authorization", "referer"} & set(headers)


def test_an_unchanged_document_is_not_sent_again(site: Site, get: Get) -> None:
    url = site.conditional("/feed", b"<rss/>", etag='"v1"')
    first = get(url)
    again = get(url, validators=first.validators)
    assert (again.status, again.body, again.validators) == (304, b"", first.validators)


@pytest.mark.parametrize("etag", ['"strong"', 'W/"weak"', "unquoted"])
def test_f12_an_etag_goes_back_as_it_came(site: Site, get: Get, etag: str) -> None:
    url = site.conditional("/feed", b"<rss/>", etag=etag)
    again = get(url, validators=get(url).validators)
    assert again.status == 304
    assert site.requests[-1][1]["if-none-match"] == etag


def test_f12_the_same_body_is_unchanged_whatever_its_server_says(site: Site, get: Get) -> None:
    bodies = iter([b"<rss/>", b"<rss/>", b"<rss></rss>", b"<rss></rss>"])

    def serve(handler: BaseHTTPRequestHandler) -> None:
        body = next(bodies)
        handler.send_response(200)
        handler.send_header("ETag", f'"{len(site.requests)}"')
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    url = site.script("/feed", serve)
    first = get(url)
    same = get(url, validators=first.validators)
    assert (first.status, same.status, same.body) == (200, 304, b"")
    assert same.validators is not None
    assert same.validators.etag == '"2"'  # the newest counts: the next answer may be a real 304
    changed = get(url, validators=same.validators)
    assert (changed.status, changed.body) == (200, b"<rss></rss>")
    elsewhere = replace(changed.validators, url=url + "?other") if changed.validators else None
    assert get(url, validators=elsewhere).status == 200  # it is the document of that address only


def test_f16_what_moved_for_good_is_told_apart_from_a_detour(site: Site, get: Get) -> None:
    final = site.page("/final", b"x")
    assert get(final).moved_to == ""
    for hops, moved in (
        ([301], "/final"), ([308], "/final"), ([302], ""), ([307], ""), ([301, 302], "/1"), ([302, 301], ""),
        ([301, 308], "/final"),
    ):  # fmt: skip
        for number, status in enumerate(hops):
            after = f"/{number + 1}" if number + 1 < len(hops) else "/final"
            site.page(f"/{number}", status=status, Location=after)
        fetched = get(site.url + "/0")
        assert (fetched.url, fetched.moved_to) == (final, site.url + moved if moved else ""), hops


def test_f17_an_error_says_its_status_and_what_it_means(site: Site, get: Get) -> None:
    for status, words in (
        (401, "log-in"),
        (403, "refuses"),
        (404, "check the address"),
        (410, "gone"),
        (503, "trouble"),
    ):
        with pytest.raises(SourceUnreachable, match=words) as caught:
            get(site.page("/feed", status=status))
        assert caught.value.status == status


def test_f30_it_names_the_newsroom_that_reads(site: Site, get: Get) -> None:
    _agent.introduce("https://eutoday.example/")
    try:
        get(site.page("/feed", b"x"))
    finally:
        _agent.introduce(None)
    assert (
        site.requests[-1][1]["user-agent"] == f"syndicator/{__version__} (+https://eutoday.example/; news feed reader)"
    )


def test_validators_are_only_sent_to_the_address_that_gave_them(site: Site, get: Get) -> None:
    final = site.conditional("/new", b"<rss/>", etag='"v1"')
    moved = site.page("/old", status=301, Location="/new")
    first = get(moved)
    assert first.validators is not None
    assert first.validators.url == final
    assert get(moved, validators=first.validators).status == 304
    assert ["if-none-match" in headers for _, headers in site.requests] == [False, False, False, True]


def test_a_304_nobody_asked_for_is_an_error(site: Site, get: Get) -> None:
    with pytest.raises(SourceUnreachable, match="304"):
        get(site.page("/feed", status=304))


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_followed(site: Site, get: Get, status: int) -> None:
    site.page("/b", b"here")
    assert get(site.page("/a", status=status, Location="b")).body == b"here"


def test_a_redirect_loop_ends(site: Site, get: Get) -> None:
    url = site.page("/a", status=302, Location="/a")
    with pytest.raises(SourceUnreachable, match="more than 5 redirects"):
        get(url)
    assert len(site.requests) == 6


@pytest.mark.parametrize(
    "location",
    ["", "ftp://a.example/", "file:///etc/passwd", "http://user@a.example/", "http://a.example\\@b/", "http://[::1",
     "http://169.254.169.254/latest/meta-data/", "http://[fe80::1]/", "javascript:alert(1)", "http://0/"],
)  # fmt: skip
def test_a_redirect_to_a_refused_address_is_not_followed(site: Site, get: Get, location: str) -> None:
    with pytest.raises(SourceUnreachable):
        get(site.page("/a", status=302, Location=location))
    assert len(site.requests) == 1


def test_a_refused_hop_is_never_asked(site: Site, get: Get) -> None:
    with pytest.raises(SourceUnreachable, match="allow_private"):
        get(site.page("/a", b"secret"), allow_private=False)
    assert site.requests == []


@pytest.mark.parametrize("status", [204, 206, 400, 401, 403, 404, 410, 429, 500, 502, 503])
def test_other_statuses_are_errors_that_name_the_status(site: Site, get: Get, status: int) -> None:
    with pytest.raises(SourceUnreachable, match=str(status)):
        get(site.page("/feed", b"<rss/>" if status != 204 else b"", status=status))


def test_retry_after_is_passed_on(site: Site, get: Get) -> None:
    with pytest.raises(SourceUnreachable) as caught:
        get(site.page("/feed", status=429, Retry_After="120"), source="news")
    assert caught.value.retry_after == timedelta(minutes=2)
    assert caught.value.source == "news"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("", None), ("0", timedelta(0)), ("90", timedelta(seconds=90)), ("315360000", timedelta(hours=24)),
        ("9" * 50, timedelta(hours=24)), ("-5", None), ("soon", None), ("1.5", None), ("٣", None),
        ("Sun, 22 Nov 2026 12:10:00 GMT", timedelta(minutes=10)), ("Sat, 21 Nov 2026 12:00:00 GMT", timedelta(0)),
        ("Mon, 23 Nov 2099 12:00:00 GMT", timedelta(hours=24)), ("Sun, 99 Nov 2026 12:00:00 GMT", None),
    ],
)  # fmt: skip
def test_retry_after_forms(value: str, expected: timedelta | None) -> None:
    headers = {"Retry-After": value, "Date": "Sun, 22 Nov 2026 12:00:00 GMT"}
    assert retry_after(headers, now=datetime(2020, 1, 1, tzinfo=UTC)) == expected


@pytest.mark.parametrize(
    ("encoding", "pack"),
    [
        ("gzip", gzip.compress), ("x-gzip", gzip.compress), ("GZIP", gzip.compress), ("deflate", zlib.compress),
        ("deflate", lambda data: zlib.compress(data, wbits=-15)), ("identity", bytes), ("", bytes),
        ("gzip", lambda data: gzip.compress(data[:9], mtime=0) + gzip.compress(data[9:]) + b"\0\0"),
    ],
)  # fmt: skip
def test_encodings(site: Site, get: Get, encoding: str, pack: Callable[[bytes], bytes]) -> None:
    text = b"<rss>" + b"news " * 20_000
    assert get(site.page("/feed", pack(text), Content_Encoding=encoding)).body == text


@pytest.mark.parametrize(
    ("encoding", "body", "reason"),
    [
        ("br", b"x", "not asked for"), ("zstd", b"x", "not asked for"), ("gzip, gzip", b"x", "not asked for"),
        ("gzip", gzip.compress(b"a" * 9000, mtime=0)[:-12], "ends early"), ("gzip", b"plain text", "broken"),
        ("gzip", gzip.compress(bytes(60_000_000), mtime=0), "grows|larger"),
        ("deflate", zlib.compress(bytes(60_000_000)), "grows"),
        ("", b"x" * 100_001, "larger than 100,000 bytes"),
        ("gzip", gzip.compress(bytes(range(256)) * 500, mtime=0), "larger than 100,000 bytes"),
    ],
)  # fmt: skip
def test_bodies_that_are_refused(site: Site, get: Get, encoding: str, body: bytes, reason: str) -> None:
    limit = 100_000 if "100,000" in reason else 50_000_000
    with pytest.raises(SourceInvalid, match=reason):
        get(site.page("/feed", body, Content_Encoding=encoding), max_bytes=limit)


def test_an_endless_body_is_cut_at_the_limit(site: Site, get: Get) -> None:
    def endless(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        while True:
            handler.wfile.write(b"x" * 10_000)

    with pytest.raises(SourceInvalid, match="larger"):
        get(site.script("/feed", endless), max_bytes=1_000_000)


def test_a_body_that_breaks_off_is_an_error(site: Site, get: Get) -> None:
    with pytest.raises(SourceUnreachable, match="broke off"):
        get(site.page("/feed", b"<rss>", Content_Length="5000"))


@pytest.mark.parametrize("raw", [b"", b"HTTP/1.1 banana\r\n\r\n", b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000])
def test_answers_that_are_no_http(site: Site, get: Get, raw: bytes) -> None:
    with pytest.raises(SourceUnreachable):
        get(site.script("/feed", lambda handler: handler.wfile.write(raw) and None))


def test_the_dead_line_covers_the_whole_not_each_read(site: Site, get: Get) -> None:
    started = time.monotonic()
    with pytest.raises(SourceUnreachable, match=r"within 0\.5 seconds"):
        get(site.script("/feed", drip(b"x" * 1000, pause=0.05)), deadline=0.5)
    assert time.monotonic() - started < 2


def test_slow_sources_do_not_hold_up_others(site: Site) -> None:
    slow = site.script("/slow", drip(b"x" * 1000, pause=0.05))
    good = site.page("/good", b"<rss/>")

    async def run() -> list[Any]:
        async with Fetcher(deadline=timedelta(seconds=2)) as fetcher:
            urls = [slow] * 30 + [good] * 30
            return await asyncio.gather(*(fetcher.get(u, allow_private=True) for u in urls), return_exceptions=True)

    answers = asyncio.run(run())
    assert [answer.body for answer in answers[30:]] == [b"<rss/>"] * 30
    assert all(isinstance(answer, SourceUnreachable) for answer in answers[:30])


def test_nobody_listens(get: Get, site: Site) -> None:
    with pytest.raises(SourceUnreachable, match="cannot connect"):
        get("http://127.0.0.1:1/feed")
    with pytest.raises(SourceUnreachable, match="cannot connect"):
        get("http://no-such-host.invalid/feed")


def test_messages_never_quote_the_answer(site: Site, get: Get) -> None:
    with pytest.raises(SourceUnreachable) as caught:
        get(site.page("/feed", b"top secret", status=500, X_Reason="top secret"))
    assert "secret" not in str(caught.value)
