"""What others cost for the same work. Runs with the peers' own Python, which has nothing of ours: imports nothing here.

``peers.py subscribe DB FILE`` (a reader database with the addresses in FILE, one a line), ``peers.py feeds ROUNDS
FILE …`` (feedparser) and ``peers.py pages ROUNDS FILE …`` (metadata_parser). ROUNDS 0 is what starting costs. The last
line of output is JSON.
"""

import json
import sys
from pathlib import Path


def subscribe(database: str, listed: str) -> dict[str, object]:
    """Let ``reader`` follow addresses; nothing is fetched."""
    from reader import make_reader

    urls = Path(listed).read_text(encoding="utf-8").split()
    with make_reader(database) as reader:
        for url in urls:
            reader.add_feed(url)
    return {"feeds": len(urls)}


def counted(database: str) -> dict[str, object]:
    """Say what ``reader`` has stored."""
    from reader import make_reader

    with make_reader(database) as reader:
        feeds, entries = reader.get_feed_counts(), reader.get_entry_counts()
        return {"feeds": feeds.total, "broken": feeds.broken, "entries": entries.total}


def feeds(rounds: str, *names: str) -> dict[str, object]:
    """Parse feeds with feedparser, as it comes."""
    import feedparser

    bodies = {name: Path(name).read_bytes() for name in names}
    entries: dict[str, int] = {}
    for _ in range(int(rounds)):
        for name, body in bodies.items():
            found = feedparser.parse(body).entries
            # What has no name of its own is nobody's story; what has the same one twice is one.
            entries[name] = len({entry.get("id") or entry.get("link") for entry in found} - {None, ""})
    return {"entries": entries, "version": feedparser.__version__}


def pages(rounds: str, *names: str) -> dict[str, object]:
    """Read the metadata of pages with metadata_parser, as its manual shows."""
    import metadata_parser

    bodies = {name: Path(name).read_bytes().decode("utf-8", "replace") for name in names}
    titles: dict[str, object] = {}
    for _ in range(int(rounds)):
        for name, body in bodies.items():
            page = metadata_parser.MetadataParser(html=body, url="https://page.example/", search_head_only=True)
            titles[name] = page.parsed_result.get_metadatas("title", strategy=["og", "twitter", "page"])
            for wanted in ("description", "image", "url", "article:published_time"):
                page.parsed_result.get_metadatas(wanted, strategy=["og", "twitter", "meta", "page"])
            page.get_discrete_url()
    return {"titles": sum(bool(title) for title in titles.values()), "version": metadata_parser.__VERSION__}


if __name__ == "__main__":
    act = {"subscribe": subscribe, "counted": counted, "feeds": feeds, "pages": pages}[sys.argv[1]]
    print(json.dumps(act(*sys.argv[2:])))  # noqa: T201
