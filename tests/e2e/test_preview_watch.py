"""``preview --watch``: an editor saves, the preview follows; mistakes are told with their line, Ctrl-C is the end."""

import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e.project import Process, Project

PATIENCE = 60.0
STORY = "---\ntitle: Harbour reopens\nurl: https://news.example/2026/11/harbour/\n---\n\nThe ferries run again.\n"


class Watch:
    """A running ``preview --watch``, and what it has said so far."""

    def __init__(self, project: Project, *args: str) -> None:
        self.process: Process = project.start("preview", *args, "--watch")
        self.said: dict[str, str] = {"out": "", "err": ""}
        self._readers = [
            threading.Thread(target=self._read, args=(name, stream), daemon=True)
            for name, stream in (("out", self.process.stdout), ("err", self.process.stderr))
        ]
        for reader in self._readers:
            reader.start()

    def _read(self, name: str, stream: Iterator[str]) -> None:
        for line in stream:
            self.said[name] += line

    def until(self, holds: Callable[[], bool], what: str) -> None:
        end = time.monotonic() + PATIENCE
        while not holds():
            assert time.monotonic() < end, f"{what}\n{self.said}"
            assert self.process.poll() is None, self.said
            time.sleep(0.05)

    def hears(self, words: str, *, stream: str = "err", times: int = 1) -> None:
        self.until(lambda: self.said[stream].count(words) >= times, f"waiting for {words!r} {times} times")

    def stop(self) -> int:
        self.process.send_signal(signal.SIGINT)
        code = self.process.wait(PATIENCE)
        for reader in self._readers:
            reader.join(PATIENCE)
        for stream in (self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()
        return code


@pytest.fixture
def story(project: Project) -> Path:
    path = project.folder / "story.md"
    path.write_text(STORY, encoding="utf-8")
    return path


def save(project: Project, name: str, text: str) -> None:
    (project.folder / "templates" / name).write_text(text, encoding="utf-8")


def page(project: Project) -> str:
    return (project.folder / "preview.html").read_text(encoding="utf-8")


def test_a_saved_template_is_shown_at_once(project: Project, story: Path) -> None:
    watch = Watch(project, "--file", str(story), "--channel", "x")
    watch.hears("shown in")
    assert "Harbour reopens" in watch.said["out"]
    save(project, "twitter.j2", "Saved: {{ article.title | fit }}\n{{ link }}\n")
    watch.hears("Saved: Harbour reopens", stream="out")
    assert watch.stop() == 0
    assert watch.said["err"].splitlines()[-1] == "stopped watching after 2 previews; nothing was sent"


def test_mistakes_are_told_with_file_and_line_and_it_goes_on(project: Project, story: Path) -> None:
    watch = Watch(project, "--file", str(story), "--html", "preview.html")
    watch.hears("shown in")
    save(project, "twitter.j2", "{{ article.title | fit }}\n{{ link }\n")
    watch.hears("twitter.j2:2")
    watch.until(lambda: "No post for" in page(project), "the page names the mistake")
    good = project.config.read_text(encoding="utf-8")
    project.config.write_text(good.replace("[channels.x]", "[channels.x"), encoding="utf-8")
    watch.hears("syndicator.toml")
    assert "line" in watch.said["err"]
    watch.until(lambda: "before the last change" in page(project), "the page says that it is old")
    project.config.write_text(good, encoding="utf-8")
    save(project, "twitter.j2", "Right again: {{ article.title | fit }}\n{{ link }}\n")
    watch.until(lambda: "Right again: Harbour" in page(project), "it goes on")
    assert "before the last change" not in page(project)
    assert watch.stop() == 0


def test_the_page_reloads_itself_while_it_is_watched_and_no_longer(project: Project, story: Path) -> None:
    watch = Watch(project, "--file", str(story), "--html", "preview.html")
    watch.hears("shown in")
    assert 'http-equiv="refresh"' in page(project)
    assert watch.stop() == 0
    assert 'http-equiv="refresh"' not in page(project)
    assert "Harbour reopens" in page(project)
    assert not [path for path in project.folder.iterdir() if path.name.startswith(".preview")]


def test_a_new_file_and_a_saved_article_count_too(project: Project, story: Path) -> None:
    watch = Watch(project, "--file", str(story), "--channel", "x")
    watch.hears("shown in")
    story.write_text(STORY.replace("Harbour reopens", "Harbour closes"), encoding="utf-8")
    watch.hears("Harbour closes", stream="out")
    (project.folder / "templates" / "twitter").mkdir()
    save(project, "twitter/x.j2", "Only here: {{ article.title | fit }}\n{{ link }}\n")
    watch.hears("Only here: Harbour closes", stream="out")
    assert watch.stop() == 0


def test_articles_and_pictures_are_fetched_once_however_often_it_shows(project: Project) -> None:
    asked: list[str] = []

    def note(path: str, body: bytes) -> bytes:
        asked.append(path)
        return body

    project.sandbox.newsroom.garble = note
    watch = Watch(project, "--source", "eutoday", "--html", "preview.html")
    watch.hears("shown in")
    before = list(asked)
    save(project, "twitter.j2", "Saved: {{ article.title | fit }}\n{{ link }}\n")
    watch.hears("shown in", times=2)
    assert watch.stop() == 0
    assert "Saved: " in page(project)
    assert page(project).count("data:image/") >= 3
    assert any(path.endswith(".jpg") for path in before)
    assert asked == before


def test_an_article_that_cannot_be_read_ends_it_at_once(project: Project) -> None:
    answer = project.run("preview", "--file", "nowhere.md", "--watch", expect=1)
    assert "no such file" in answer.err


def test_json_is_one_document_and_not_watched(project: Project, story: Path) -> None:
    assert "--watch" in project.run("preview", "--file", str(story), "--watch", "--json", expect=2).err
