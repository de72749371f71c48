"""What is wrong with a template: it is rendered for awkward articles, as one channel counts and cuts. Pure.

Whatever goes wrong is told once, with its line where that is known, and with what to do about it.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches

from syndicator.core.teaser_check import ARTICLES, LINK
from syndicator.core.teaser_files import problem_of
from syndicator.core.teaser_filters import FILTERS
from syndicator.core.teaser_request import Renderer, TeaserRequest
from syndicator.errors import ComposeError, Problem, RendererGone, TemplateError, TemplateStopped
from syndicator.model import Article, Capabilities, Channel, Media

ARTICLE = ("title", "summary", "authors", "tags", "published_at", "updated_at", "url", "language", "labels", "source")
NAMES = ("article", "channel", "link", "link_in_text", "site", "utm")
TAGS = ("part", "alt", "endalt", "if", "endif", "elif", "else", "for", "endfor", "set", "include", "raw", "endraw")
PICTURE = Media(sha256="0" * 64, mime="image/jpeg", width=1200, height=630, size=0)
"""Stands for the article's picture: its alternative text is the template's business, its bytes are not."""
_RIGID = re.compile(r"\{\{[-+]?\s*article\.(?:title|summary|tags|authors)\b(?![^}]*\|\s*(?:fit|if_room)\b)[^}]*\}\}")
_TOO_LONG = "mark what may be shortened with | fit"
_SAYS_NOTHING = "print article.title too: an article may have nothing else"
_NO_LINK = "does not print the link"


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """A template as one channel uses it."""

    name: str
    channel: Channel
    capabilities: Capabilities
    platform: str
    site: str = ""

    def request(self, article: Article) -> TeaserRequest:
        """Give what a sample article is rendered with; its link is always the same."""
        pictured = self.channel.image == "attach" and self.capabilities.media_limit and article.image is not None
        alt = article.image.alt or article.title if article.image else ""
        return TeaserRequest(
            article=article,
            channel=self.channel,
            capabilities=self.capabilities,
            template=self.name,
            link=LINK,
            media=(replace(PICTURE, alt=alt),) if pictured else (),
            site_name=self.site,
            platform=self.platform,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What stops posts, and what somebody may not have meant."""

    problems: tuple[Problem, ...]
    """``file`` is the template's name; ``key`` is ``line N``, or empty where no line is to blame."""
    remarks: tuple[str, ...]


def lint(templates: Renderer, use: Use, samples: Mapping[str, Article] | None = None) -> Findings:
    """Render a template for every awkward article, and for the newsroom's own ``samples`` by their names."""
    found: dict[tuple[str, str, str], Problem] = {}
    remarks: dict[str, None] = {}
    for problem in templates.check(use.name):
        found[problem.file, problem.key, problem.message] = _hinted(problem)
    # What cannot be compiled, or loops too deep, is not rendered.
    for label, article in (ARTICLES | dict(samples or {})).items() if not found else ():
        try:
            teaser = templates.render(use.request(article))
        except (TemplateStopped, RendererGone) as error:
            problem = _hinted(problem_of(error))
            found[problem.file, problem.key, problem.message] = problem
            break  # it would take as long again for every article
        except TemplateError as error:
            problem = _hinted(problem_of(error))
        except ComposeError as error:
            problem = _of_article(error, label, use, templates)
        else:
            remarks |= dict.fromkeys(f"{use.name}: {one}" for one in teaser.warnings if _NO_LINK in one)
            continue
        found.setdefault((problem.file, problem.key, _same(problem.message)), problem)
    return Findings(problems=tuple(found.values()), remarks=tuple(remarks))


def _same(message: str) -> str:
    """Reduce a message to what is wrong: one mistake is told with the first article that shows it."""
    return re.sub(r"\d+", "", message.partition(": ")[2] if message.startswith("with ") else message)


def _of_article(error: ComposeError, label: str, use: Use, templates: Renderer) -> Problem:
    key, hint = "", ""
    if "too long" in str(error):
        line = _rigid_line(templates.source(use.name))
        key, hint = (f"line {line}" if line else ""), _TOO_LONG
    elif "nothing is left" in str(error):
        hint = _SAYS_NOTHING
    return Problem(file=use.name, key=key, message=f"with {label}, on {use.channel.name}: {error}", hint=hint)


def _rigid_line(source: str) -> int | None:
    """Give the first line that prints words of the article which may not be shortened."""
    match = _RIGID.search(source)
    return source.count("\n", 0, match.start()) + 1 if match else None


def _hinted(problem: Problem) -> Problem:
    return problem if problem.hint else replace(problem, hint=hint(problem.message))


def hint(message: str) -> str:
    """Say what was probably meant."""
    for pattern, known, form in _MISTAKES:
        match = re.search(pattern, message)
        if match:
            near = get_close_matches(match[1], known, n=1, cutoff=0.5)
            return form.format(near=near[0], all=", ".join(known)) if near else _listed(known)
    return next((said for part, said in _HINTS.items() if part in message), "")


def _listed(known: Iterable[str]) -> str:
    return f"there are {', '.join(known)}"


_MISTAKES = (
    (r"the Article has no attribute '(\w+)'", ARTICLE, "did you mean article.{near}?"),
    (r"No filter named '(\w+)'", tuple(FILTERS), "did you mean | {near}?"),
    (r"'(\w+)' is undefined", NAMES, "did you mean {near}?"),
    (r"Encountered unknown tag '(\w+)'", TAGS, "did you mean {{% {near} %}}?"),
)
_MISSING = "it may be missing: {% if article.published_at %} … {% endif %}, or a filter such as | date"
_HINTS = {
    "there is no such template": "`syndicator templates list` shows which there are",
    "there is no template": "`syndicator templates list` shows which there are",
    "Unexpected end of template": "an {% endif %} or {% endfor %} is missing",
    "'None' has no attribute": _MISSING,
    "'NoneType'": _MISSING,
    "of processor time": "take loops out: a teaser is rendered in a moment",
    "MB of memory": "take out what makes long texts of short ones",
    "more than two deep": "take the inner loop out, or join words with | join(', ')",
}
