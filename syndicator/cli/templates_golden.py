"""Golden renderings: what each template makes of each sample article, as files beside the templates.

``templates/golden/TEMPLATE/ARTICLE.txt``, one for each template and article. A template is rendered as the first
channel that may use it counts and cuts. Nothing of the machine is in them: no clock, no time zone, no language of its.
"""

from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from difflib import unified_diff
from enum import StrEnum
from pathlib import Path

from syndicator.core.teaser_check import ARTICLES, slug
from syndicator.core.teaser_golden import failed, golden
from syndicator.core.teaser_lint import Use
from syndicator.core.teaser_request import Outcome, Renderer
from syndicator.errors import RendererGone
from syndicator.model import Article, Teaser

FOLDER = "golden"


class Kind(StrEnum):
    """What became of a golden rendering."""

    SAME = "same"
    CHANGED = "changed"
    NEW = "new"
    GONE = "gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One golden rendering compared with what its template makes now."""

    kind: Kind
    template: str
    article: str
    """The name of the article, as its file is called."""
    path: Path
    before: str
    now: str

    def diff(self) -> list[str]:
        """Give the lines of a unified diff."""
        lines = unified_diff(
            self.before.splitlines(), self.now.splitlines(), f"{self.path} (golden)", f"{self.path} (now)", lineterm=""
        )
        return list(lines)


def compare(
    folder: Path, templates: Renderer, uses: Mapping[str, Use], samples: Mapping[str, Article], *, whole: bool
) -> list[Finding]:
    """Compare the golden renderings of templates; ``whole``: these are all, so what else lies there is gone."""
    found = []
    for name, use in uses.items():
        articles = ARTICLES | dict(samples)
        made = templates.render_all(map(use.request, articles.values()))
        for label, outcome in zip(articles, made, strict=True):
            path = folder / name / f"{slug(label) if label in ARTICLES else label}.txt"
            found.append(_compared(path, name, _written(outcome, use, label)))
    expected = {one.path for one in found}
    for path in _goldens(folder, uses, whole=whole):
        if path not in expected:
            template = path.parent.relative_to(folder).as_posix()
            found.append(
                Finding(kind=Kind.GONE, template=template, article=path.stem, path=path, before=_read(path), now="")
            )
    return found


def _written(outcome: Outcome, use: Use, label: str) -> str:
    if isinstance(outcome, RendererGone):
        raise outcome  # it says nothing about the template, and must not be written down as if it did
    if isinstance(outcome, Teaser):
        return golden(outcome, label=label)
    return failed(str(outcome), template=use.name, label=label)


def _compared(path: Path, template: str, now: str) -> Finding:
    before = _read(path) if path.is_file() else ""
    kind = Kind.SAME if before == now else Kind.CHANGED if before else Kind.NEW
    return Finding(kind=kind, template=template, article=path.stem, path=path, before=before, now=now)


def _read(path: Path) -> str:
    # An editor or a checkout may have changed the line ends: they say nothing.
    return path.read_text(encoding="utf-8", errors="replace").replace("\r\n", "\n")


def _goldens(folder: Path, uses: Collection[str], *, whole: bool) -> Iterator[Path]:
    """Give the golden renderings that lie there, of all templates or only of those that are asked for."""
    for path in sorted(folder.rglob("*.txt")):
        if path.parent.name.endswith(".j2") and (whole or path.parent.relative_to(folder).as_posix() in uses):
            yield path


def accept(found: Collection[Finding]) -> None:
    """Write what templates make now, and remove what is gone.

    Raises:
        OSError: a file cannot be written.
    """
    for one in found:
        if one.kind is Kind.GONE:
            one.path.unlink(missing_ok=True)
            with suppress(OSError):  # there is more in the folder
                one.path.parent.rmdir()
        elif one.kind is not Kind.SAME:
            one.path.parent.mkdir(parents=True, exist_ok=True)
            one.path.write_text(one.now, encoding="utf-8", newline="\n")
