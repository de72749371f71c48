"""The hand-off: everything for a post but the last click, as a local page that a person opens.

One folder per post below the state directory: ``index.html`` (text with a copy button, the picture, a button that
opens the platform's composer, the command that confirms) and the picture as a file. Written before the person is
told; writing it again changes nothing. Nothing here reads or drives the platform's pages.
"""

import os
import tempfile
from html import escape
from pathlib import Path

from syndicator.model import LoadMedia, Media, Post

SUFFIXES = {"image/jpeg": ".jpg", "image/png": ".png", "image/gif": ".gif", "image/webp": ".webp"}

PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>Hand-off: {title}</title>
<style>
:root {{ color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }}
body {{ max-width: 40rem; margin: 2rem auto; padding: 0 1rem }}
pre {{ white-space: pre-wrap; overflow-wrap: anywhere; font: inherit; padding: 1rem }}
pre {{ border: 1px solid #8888; border-radius: .6rem }}
img {{ max-width: 100%; max-height: 20rem; width: auto; height: auto; border-radius: .6rem }}
a.go, button {{ font: inherit; display: inline-block; padding: .6rem 1.1rem; border-radius: .6rem }}
a.go, button {{ border: 0; cursor: pointer }}
a.go {{ background: #c00; color: #fff; text-decoration: none }}
code {{ overflow-wrap: anywhere }}
li {{ margin: .8rem 0 }}
</style>
<h1>{channel}: one click is yours</h1>
<p>Post <code>{post}</code> waits for you until {expires}. After that it is skipped as stale.</p>
<ol>
<li><button id="copy">Copy the text</button>
<pre id="text" dir="auto">{text}</pre></li>
{pictures}
<li><a class="go" href="{composer}" target="_blank" rel="noreferrer">Open the composer</a> Paste, add the picture,
press <em>Post</em>.</li>
<li>Copy the address of the new post and confirm:<br><code>syndicator settle {post} --live URL</code></li>
</ol>
<script>
document.getElementById("copy").onclick = () =>
  navigator.clipboard.writeText(document.getElementById("text").innerText);
</script>
"""


def write(
    folder: Path, post: Post, *, text: str, composer_url: str, media: tuple[Media, ...], load_media: LoadMedia
) -> Path:
    """Write the page and its pictures below ``folder``; give the page's path."""
    home = folder / post.id
    home.mkdir(parents=True, exist_ok=True)
    items = []
    for number, picture in enumerate(media, start=1):
        name = f"picture-{number}{SUFFIXES.get(picture.mime, '.bin')}"
        _replace(home / name, load_media(picture.sha256))
        items.append(
            f'<li>Save the picture: <a href="{name}" download>{name}</a><br>'
            f'<img src="{name}" width="{picture.width}" height="{picture.height}" alt="{escape(picture.alt)}"></li>'
        )
    # A scheme other than http(s) cannot come from our own templates, but this page is opened by a person.
    safe_url = composer_url if composer_url.startswith(("https://", "http://")) else ""
    page = PAGE.format(
        title=escape(text.splitlines()[0] if text else post.id),
        channel=escape(post.channel),
        post=escape(post.id),
        expires=f"{post.expires_at:%Y-%m-%d %H:%M} UTC",
        text=escape(text),
        pictures="\n".join(items),
        composer=escape(safe_url),
    )
    path = home / "index.html"
    _replace(path, page.encode())
    return path


def _replace(path: Path, data: bytes) -> None:
    """Write a file so that it is there whole or not at all."""
    handle, name = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    Path(name).replace(path)
