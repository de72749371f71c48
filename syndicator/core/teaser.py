"""Turns an article into the words for one channel. Pure: the loader it is given does the only reading.

A :class:`Teaser` always fits its channel: what a template marks as elastic (``teaser_fit``) gives way, links and other
text never do. What cannot fit, says nothing, or would have to change a person's words is a :class:`ComposeError`.
"""

import re
from collections.abc import Callable, Iterable
from itertools import islice
from types import TracebackType
from typing import Any, TypeAlias, TypeVar

import jinja2

from syndicator.core.links import retagged
from syndicator.core.teaser_choice import Choice
from syndicator.core.teaser_context import ArticleView, asked_of
from syndicator.core.teaser_files import Choices, TemplateFiles, problem_of
from syndicator.core.teaser_request import Outcome, TeaserRequest
from syndicator.core.teaser_sandbox import TeaserEnvironment, deepest_loops
from syndicator.core.teaser_tags import divide
from syndicator.core.teaser_text import made, own_words, printable
from syndicator.errors import ComposeError, Problem, TemplateError
from syndicator.model import HouseStyle, Teaser

__all__ = ["TeaserRequest", "Templates"]

_MOST = 65536
"""Characters of one output: the longest text of a platform, 63,206, and some."""
_PIECES = 256
_OUR_CLASS = re.compile(r"'?syndicator\.[\w.]+\.(Article|Channel)(?:View)? object'?")
_MISTAKES = (
    jinja2.TemplateError, ArithmeticError, AttributeError, LookupError, OSError, RecursionError, SyntaxError, TypeError,
    ValueError,
)  # fmt: skip


class Link:
    """The link of one teaser, which its template may change: ``{% set link = utm(campaign="desk") %}``."""

    def __init__(self, url: str) -> None:
        self._url = url

    @property
    def url(self) -> str:
        """The link as it is now."""
        return self._url

    def utm(self, **words: object) -> str:
        """Change campaign parameters of the post's link, wherever it is shown; give the link as it is now."""
        self._url = retagged(self._url, {name: str(value) for name, value in words.items()})
        return self._url


class Templates(TemplateFiles):
    """The newsroom's templates: compiled once, rendered in a sandbox, in this very process.

    What is left to a template's malice here, time above all, ends with the process in which ``service.rendering`` has
    it rendered. ``reading`` is told of each file of data before it is read, ``locale:fr`` or ``zone:Europe/Paris``.
    """

    def __init__(
        self, loader: jinja2.BaseLoader, house: HouseStyle | None = None, *, reading: Callable[[str], object] = str
    ) -> None:
        super().__init__(loader)
        self._environment = TeaserEnvironment(loader, house, reading=reading)
        self.house = self._environment.house

    def render(self, request: TeaserRequest) -> Teaser:
        """Make the teaser for one channel.

        Raises:
            TemplateError: the template is missing or wrong; with its line.
            ComposeError: nothing to say, or it does not fit at its shortest.
        """
        batch = _Batch(self)
        return batch.end(batch.begin(request))

    def render_all(self, requests: Iterable[TeaserRequest]) -> list[Outcome]:
        """Make several teasers, as :meth:`render` does one; what went wrong with one of them stands in its place.

        What they have in common is done once: templates are looked up, an article's words cleaned.
        """
        batch, asked = _Batch(self), list(requests)
        # All articles, then all templates, then all that follows: each finds its own code and data still at hand (a
        # third faster). What is wanted of articles is seen with the first one.
        first = next((at for at, one in enumerate(asked) if one.article is not asked[0].article), len(asked))
        begun = [_instead(batch.begin, request) for request in asked[:first]]
        batch.prepare(asked[first:])
        begun += [_instead(batch.begin, request) for request in asked[first:]]
        return [each if isinstance(each, _FAULTS) else _instead(batch.end, each) for each in begun]

    def check(self, name: str) -> list[Problem]:
        """Compile a template without rendering it; give what is wrong with it."""
        try:
            self.compiled(name)
        except TemplateError as error:
            return [problem_of(error)]
        return [
            Problem(file=name, key=f"line {line}", message="loops more than two deep, or recursive, are not allowed")
            for line in deepest_loops(self._environment.parse(self.source(name)))
        ]

    def compiled(self, name: str) -> jinja2.Template:
        """Give a template, compiled anew only when its file changed.

        Raises:
            TemplateError: missing, wrong, or not to be read.
        """
        try:
            return self._environment.get_template(name)
        except jinja2.TemplateSyntaxError as error:
            raise TemplateError(
                error.message or "wrong syntax", template=error.name or name, line=error.lineno
            ) from error
        except jinja2.TemplateNotFound as error:
            raise TemplateError("there is no such template", template=str(error.name or name)) from error
        except (OSError, UnicodeDecodeError) as error:
            raise TemplateError(f"cannot be read: {error}", template=name) from error
        except (RecursionError, SyntaxError) as error:  # of what Jinja2 makes of it
            raise TemplateError("is nested too deep", template=name) from error

    def run(self, template: jinja2.Template, values: dict[str, Any]) -> str:
        """Render a compiled template, at most 65,536 characters of it.

        Raises:
            TemplateError: with the line.
        """
        name = str(template.name)
        try:
            pieces = template.root_render_func(template.new_context(values))
            text, size = "", 0
            while some := "".join(islice(pieces, _PIECES)):
                size += len(some)
                if size > _MOST:
                    raise TemplateError(f"prints more than {_MOST} characters", template=name)
                text += some
        except _MISTAKES:
            raise self._where(name) from None
        return text

    def _where(self, name: str) -> TemplateError:
        """Explain the mistake that is being handled, with the line of the template."""
        try:
            self._environment.handle_exception()
        except _MISTAKES as error:
            explained = _explained(error, name, known=self.names())
            explained.__cause__ = error
            return explained


_Begun: TypeAlias = tuple[TeaserRequest, tuple[str, ArticleView, Link, Choice] | None]
"""A request with what its template printed; None for a person's own words."""
_FAULTS = (TemplateError, ComposeError)
Given = TypeVar("Given")
Done = TypeVar("Done")


def _instead(act: Callable[[Given], Done], given: Given) -> Done | TemplateError | ComposeError:
    """Do one of several things; give what was wrong with it in place of what it makes."""
    try:
        return act(given)
    except _FAULTS as error:
        return error


class _Batch:
    """Some teasers made one after the other; what they have in common is kept for so long, and no longer."""

    def __init__(self, templates: Templates) -> None:
        self._templates = templates
        self._house = templates.house
        self._choices = Choices(templates)
        self._compiled: dict[str, jinja2.Template] = {}
        self._views: dict[tuple[int, bool], ArticleView] = {}

    def prepare(self, requests: Iterable[TeaserRequest]) -> None:
        """Work out of more articles what templates asked of those before."""
        wanted = tuple({name for view in self._views.values() for name in asked_of(view)})
        for view in [self._article(request) for request in requests if request.text is None]:
            for name in wanted:
                getattr(view, name)

    def begin(self, request: TeaserRequest) -> _Begun:
        """Render the template."""
        if request.text is not None:
            return request, None
        printable(request)
        choice = self._choices.of(request)
        if choice.name not in self._compiled:
            self._compiled[choice.name] = self._templates.compiled(choice.name)
        article, link = self._article(request), Link(request.link)
        values = {
            "article": article,
            "link": request.link,
            "utm": link.utm,
            "link_in_text": request.capabilities.link_in_text,
            "channel": request.channel,
            "site": request.site_name,
        }
        return request, (self._templates.run(self._compiled[choice.name], values), article, link, choice)

    def end(self, begun: _Begun) -> Teaser:
        """Make a teaser of what the template printed, or of the person's own words."""
        request, printed = begun
        if printed is None:
            return own_words(request, request.text or "")
        text, article, link, choice = printed
        return made(request, divide(text), article=article, link=link.url, choice=choice)

    def _article(self, request: TeaserRequest) -> ArticleView:
        """Give the article as templates see it: the same for all channels that treat cashtags alike."""
        max_cashtags = request.capabilities.max_cashtags
        key = id(request.article), max_cashtags is None
        view = self._views.get(key)
        if view is None:
            view = self._views[key] = ArticleView(
                request.article,
                max_cashtags=max_cashtags,
                allow=self._house.allow,
                boilerplate=self._house.boilerplate.get(request.article.source, ()),
            )
        return view


def _explained(error: Exception, name: str, *, known: Iterable[str]) -> TemplateError:
    where, line = _place(error.__traceback__, name, known=known)
    if isinstance(error, jinja2.TemplateSyntaxError):
        return TemplateError(error.message or "wrong syntax", template=error.name or where, line=error.lineno)
    if isinstance(error, jinja2.TemplateNotFound):
        return TemplateError(f"there is no template {error.name!r}", template=where, line=line)
    message = getattr(error, "message", None) or str(error) or type(error).__name__
    return TemplateError(_OUR_CLASS.sub(r"the \1", message), template=where, line=line)


def _place(trace: TracebackType | None, name: str, *, known: Iterable[str]) -> tuple[str, int | None]:
    """Find template and line in a traceback that Jinja2 has rewritten to template lines; it has whole paths there."""
    line = None
    while trace is not None:
        if "__jinja_exception__" in trace.tb_frame.f_globals:
            line = trace.tb_lineno
            file = trace.tb_frame.f_code.co_filename.replace("\\", "/")
            if not file.startswith("<"):
                fitting = [one for one in known if file.endswith(f"/{one}")]
                name = max(fitting, key=len, default=file.rpartition("/")[2])
        trace = trace.tb_next
    return name, line
