"""The newspaper's WordPress REST API, read-only, as a visitor sees it (developer.wordpress.org, read 2026). Pure.

Routes: the index, ``wp/v2/posts``, ``wp/v2/posts/<id>``. Errors are JSON with code, message and data.status. Knows
nothing of HTTP servers: a route and its parameters in, an :class:`Answer` out.
"""

import html
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from syndicator.sandbox.newsroom.articles import NAME, TAGLINE, NewsArticle, slug_of
from syndicator.sandbox.newsroom.feeds import content, guid

JSON = "application/json; charset=UTF-8"
FULL = (1200, 675)
SIZES = {"medium": 300, "medium_large": 768, "large": 1024, "thumbnail": 150}
ORDERS = {
    "author": lambda article: article.author,
    "date": lambda article: article.published_at,
    "id": lambda article: article.number,
    "modified": lambda article: article.changed_at,
    "slug": lambda article: article.slug,
    "title": lambda article: article.title,
}
_POST = re.compile(r"/wp/v2/posts/(\d+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Status, JSON text as PHP writes it, and headers beside Content-Type."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


class Refused(Exception):
    """The API's own refusal."""

    def __init__(self, status: int, code: str, message: str, **data: Any) -> None:
        self.status = status
        self.body = {"code": code, "message": message, "data": {"status": status, **data}}
        super().__init__(code)


def answer(route: str, query: Mapping[str, str], *, articles: Sequence[NewsArticle], base: str, root: str) -> Answer:
    """Answer a GET of ``route`` ("/wp/v2/posts"); ``root`` is the API's address, which ends with a slash."""
    try:
        return _routed(route.rstrip("/"), query, articles=articles, base=base, root=root)
    except Refused as error:
        return refusal(error, root=root)


def refusal(error: Refused, *, root: str) -> Answer:
    """Write a refusal as WordPress does."""
    return Answer(status=error.status, body=_json(error.body), headers=_headers(root))


def _routed(route: str, query: Mapping[str, str], *, articles: Sequence[NewsArticle], base: str, root: str) -> Answer:
    if route == "":
        return Answer(status=200, body=_json(_index(base)), headers=_headers(root))
    if route == "/wp/v2/posts":
        return _collection(query, articles=articles, base=base, root=root)
    if match := _POST.fullmatch(route):
        found = next((article for article in articles if article.number == int(match.group(1))), None)
        if found is None:
            raise Refused(404, "rest_post_invalid_id", "Invalid post ID.")
        return Answer(status=200, body=_json(_shown(found, query, base=base, root=root)), headers=_headers(root))
    raise Refused(404, "rest_no_route", "No route was found matching the URL and request method.")


def _collection(query: Mapping[str, str], *, articles: Sequence[NewsArticle], base: str, root: str) -> Answer:
    size, number = _whole(query, "per_page", 10, most=100), _whole(query, "page", 1)
    order, direction = query.get("orderby", "date"), query.get("order", "desc")
    if query.get("status", "publish") != "publish":
        raise _invalid("status", "Status is forbidden.")
    if order not in {*ORDERS, "include", "relevance", "parent", "include_slugs"}:
        raise _invalid("orderby", "orderby is not one of author, date, id, include, modified, parent, relevance, slug.")
    if direction not in {"asc", "desc"}:
        raise _invalid("order", "order is not one of asc and desc.")
    chosen = [article for article in articles if _is_chosen(article, query)]
    chosen.sort(key=ORDERS.get(order, ORDERS["date"]), reverse=direction == "desc")
    pages = -(-len(chosen) // size)
    if number > pages and chosen:
        message = "The page number requested is larger than the number of pages available."
        raise Refused(400, "rest_post_invalid_page_number", message)
    shown = chosen[(number - 1) * size : number * size]
    headers = _headers(root) | {"X-WP-Total": str(len(chosen)), "X-WP-TotalPages": str(pages)}
    links = [headers["Link"]]
    others = "&".join(f"{name}={value}" for name, value in query.items() if name not in {"page", "rest_route"})
    for name, other in (("prev", number - 1), ("next", number + 1)):
        if 1 <= other <= pages:
            join = "&" if "?" in root else "?"
            links.append(f'<{root}wp/v2/posts{join}{others}&page={other}>; rel="{name}"')
    body = _json([_shown(article, query, base=base, root=root) for article in shown])
    return Answer(status=200, body=body, headers={**headers, "Link": ", ".join(links)})


def _is_chosen(article: NewsArticle, query: Mapping[str, str]) -> bool:
    if query.get("include") and article.number not in _numbers(query["include"]):
        return False
    if query.get("categories") and _term_number(article.section) not in _numbers(query["categories"]):
        return False
    since = {"after": article.published_at, "modified_after": article.changed_at}
    if any(query.get(name) and at <= _instant(name, query[name]) for name, at in since.items()):
        return False
    until = {"before": article.published_at, "modified_before": article.changed_at}
    return not any(query.get(name) and at >= _instant(name, query[name]) for name, at in until.items())


def _shown(article: NewsArticle, query: Mapping[str, str], *, base: str, root: str) -> dict[str, Any]:
    post = _post(article, base=base, root=root)
    if "_embed" in query:
        wanted = {name for name in query["_embed"].split(",") if name not in {"", "1", "true"}}
        embedded = _embedded(article, base=base, root=root)
        # Core embeds only what the links name, and drops both where _fields does not ask for them.
        post["_embedded"] = {name: value for name, value in embedded.items() if not wanted or name in wanted}
    fields = [name.strip() for name in query.get("_fields", "").split(",") if name.strip()]
    return {name: value for name, value in post.items() if not fields or name in {f.split(".")[0] for f in fields}}


def _post(article: NewsArticle, *, base: str, root: str) -> dict[str, Any]:
    link = base + article.path
    hidden = article.protected
    title = ("Protected: " if hidden else "") + html.escape(article.title, quote=False)
    return {
        "id": article.number,
        "date": _local(article.published_at),
        "date_gmt": _local(article.published_at),
        "guid": {"rendered": html.escape(guid(article, base), quote=False).replace("&amp;", "&#038;")},
        "modified": _local(article.changed_at),
        "modified_gmt": _local(article.changed_at),
        "slug": article.slug,
        "status": "publish",
        "type": "post",
        "link": link,
        "title": {"rendered": title.replace("&amp;", "&#038;")},
        "content": {"rendered": "" if hidden else content(article, base), "protected": hidden},
        "excerpt": {"rendered": "" if hidden else excerpt(article), "protected": hidden},
        "author": _term_number(article.author),
        "featured_media": article.number + 1 if article.image_path else 0,
        "comment_status": "open",
        "ping_status": "open",
        "sticky": False,
        "template": "",
        "format": "standard",
        "meta": {"footnotes": ""},
        "categories": [_term_number(article.section)],
        "tags": [_term_number(tag) for tag in article.tags],
        "class_list": [f"post-{article.number}", "post", "type-post", "status-publish", "hentry"],
        "_links": _links(article, root),
    }


def excerpt(article: NewsArticle) -> str:
    """Give the excerpt as the theme's filters leave it: the summary among the lines that plug-ins add."""
    if not article.summary:
        return ""
    summary = html.escape(article.summary, quote=False) + (" [&hellip;]" if article.shortened else "")
    return "\n".join(f"<p>{line}</p>" for line in (*article.before, summary, *article.after)) + "\n"


def _links(article: NewsArticle, root: str) -> dict[str, Any]:
    posts = f"{root}wp/v2/posts"
    links: dict[str, Any] = {
        "self": [{"href": f"{posts}/{article.number}"}],
        "collection": [{"href": posts}],
        "about": [{"href": f"{root}wp/v2/types/post"}],
        "author": [{"embeddable": True, "href": f"{root}wp/v2/users/{_term_number(article.author)}"}],
        "wp:term": [
            {"taxonomy": name, "embeddable": True, "href": f"{root}wp/v2/{rest}"}
            for name, rest in (("category", "categories"), ("post_tag", "tags"))
        ],
        "curies": [{"name": "wp", "href": "https://api.w.org/{rel}", "templated": True}],
    }
    if article.image_path:
        links["wp:featuredmedia"] = [{"embeddable": True, "href": f"{root}wp/v2/media/{article.number + 1}"}]
    return links


def _embedded(article: NewsArticle, *, base: str, root: str) -> dict[str, Any]:
    number = _term_number(article.author)
    author = {
        "id": number,
        "name": article.author,
        "url": "",
        "description": "",
        "link": f"{base}/news/",
        "slug": slug_of(article.author),
        "_links": {"self": [{"href": f"{root}wp/v2/users/{number}"}]},
    }
    groups = (("category", [article.section]), ("post_tag", list(article.tags)))
    found: dict[str, Any] = {
        "author": [author],
        "wp:term": [[_term(name, taxonomy, base=base) for name in names] for taxonomy, names in groups],
    }
    if article.image_path:
        found["wp:featuredmedia"] = [_media(article, base=base)]
    return found


def _term(name: str, taxonomy: str, *, base: str) -> dict[str, Any]:
    slug = slug_of(name) or "term"
    words = html.escape(name, quote=False)
    return {"id": _term_number(name), "link": f"{base}/news/{slug}/", "name": words, "slug": slug, "taxonomy": taxonomy}


def _media(article: NewsArticle, *, base: str) -> dict[str, Any]:
    whole = base + article.image_path
    stem = whole.removesuffix(".jpg")
    sizes = {name: _size(stem, width) for name, width in SIZES.items()}
    sizes["full"] = {"file": whole.rpartition("/")[2], "width": FULL[0], "height": FULL[1], "mime_type": "image/jpeg",
                     "source_url": whole}  # fmt: skip
    return {
        "id": article.number + 1,
        "date": _local(article.published_at),
        "slug": f"{article.slug}-picture",
        "type": "attachment",
        "link": f"{base}{article.path}picture/",
        "title": {"rendered": html.escape(article.title, quote=False)},
        "author": _term_number(article.author),
        "featured_media": 0,
        "caption": {"rendered": ""},
        "alt_text": article.image_alt,
        "media_type": "image",
        "mime_type": "image/jpeg",
        "media_details": {"width": FULL[0], "height": FULL[1], "file": f"{article.slug}.jpg", "sizes": sizes},
        "source_url": whole,
    }


def _size(stem: str, width: int) -> dict[str, Any]:
    height = width if width == SIZES["thumbnail"] else round(width * FULL[1] / FULL[0])
    url = f"{stem}-{width}x{height}.jpg"
    return {
        "file": url.rpartition("/")[2],
        "width": width,
        "height": height,
        "mime_type": "image/jpeg",
        "source_url": url,
    }


def _index(base: str) -> dict[str, Any]:
    return {
        "name": NAME,
        "description": TAGLINE,
        "url": f"{base}/news",
        "home": f"{base}/news",
        "gmt_offset": 0,
        "timezone_string": "UTC",
        "namespaces": ["oembed/1.0", "wp/v2"],
        "authentication": {},
        "routes": {
            "/": {"namespace": "", "methods": ["GET"]},
            "/wp/v2/posts": {"namespace": "wp/v2", "methods": ["GET"]},
        },
        "_links": {"help": [{"href": "https://developer.wordpress.org/rest-api/"}]},
    }


def _headers(root: str) -> dict[str, str]:
    return {
        "Link": f'<{root}>; rel="https://api.w.org/"',
        "X-Robots-Tag": "noindex",
        "X-Content-Type-Options": "nosniff",
        "Access-Control-Expose-Headers": "X-WP-Total, X-WP-TotalPages, Link",
        "Allow": "GET",
    }


def _term_number(name: str) -> int:
    return 1 + sum(ord(letter) * (place + 1) for place, letter in enumerate(name)) % 9973


def _numbers(text: str) -> set[int]:
    return {int(part) for part in text.split(",") if part.strip().isdigit()}


def _whole(query: Mapping[str, str], name: str, default: int, *, most: int = 10**9) -> int:
    text = query.get(name, str(default))
    if not text.isdigit() or not 1 <= int(text) <= most:
        limit = f"between 1 (inclusive) and {most} (inclusive)" if most < 10**9 else "greater than or equal to 1"
        raise _invalid(name, f"{name} must be {limit}")
    return int(text)


def _invalid(name: str, sentence: str) -> Refused:
    return Refused(400, "rest_invalid_param", f"Invalid parameter(s): {name}", params={name: sentence}, details={})


def _instant(name: str, text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise _invalid(name, "Invalid date.") from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _local(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S}"


def _json(value: Any) -> bytes:
    """Write JSON as PHP does: ASCII only, slashes escaped."""
    return json.dumps(value, separators=(",", ":")).replace("/", "\\/").encode()
