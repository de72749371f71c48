"""Turns an article into the words for one channel. Pure: the loader it is given does the only reading.

A :class:`Teaser` always fits its channel: what a template marks as elastic (``teaser_fit``) gives way, links and other
text never do. What cannot fit, says nothing, or would have to change a person's words is a :class:`ComposeError`.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from types import TracebackType

import jinja2

from syndicator.core.links import canonical
from syndicator.core.teaser_check import ARTICLES, CAPABILITIES, LINK, channel_for
from syndicator.core.teaser_context import ArticleView
from syndicator.core.teaser_fit import Assembly, squeeze, take_apart
from syndicator.core.teaser_sandbox import TeaserEnvironment, deepest_loops
from syndicator.core.text import cashtags_in, clean, hashtags_in, measure, urls_in
from syndicator.core.text_clean import limit_cashtags
from syndicator.errors import ComposeError, Problem, TemplateError
from syndicator.model import Article, Capabilities, Channel, Counting, Media, Teaser

_MOST = 65536
_BLANK_LINES = re.compile(r"[ \t]*\n(?:[ \t]*\n)+")
_BLANKS = re.compile(r"[ \t]+(?=\n)|(?<=\n)[ \t]+|(?<= ) +")
_LOOSE = ("\n\n\n", "\n ", " \n", "  ", "\t")
_PLAIN_WORD = re.compile(r"(?:\A|(?<=\s))[^\W\d_]{2,}[,;:.!?…]?(?=\s|\Z)")
_OUR_CLASS = re.compile(r"'?syndicator\.[\w.]+\.(Article|Channel)(?:View)? object'?")
_ADDRESS = re.compile(r"https?://[^\s<>\"]*[\w/=&#-]", re.IGNORECASE)
_MISTAKES = (jinja2.TemplateError, ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)


@dataclass(frozen=True, slots=True, kw_only=True)
class TeaserRequest:
    """Everything one teaser is made of. ``text``: an editor's own words instead of the template."""

    article: Article
    channel: Channel
    capabilities: Capabilities
    template: str
    link: str
    media: tuple[Media, ...] = ()
    text: str | None = None
    site_name: str = ""

    @property
    def template_name(self) -> str:
        """The template's file name: as asked for, else the channel's, else the platform's."""
        return self.template or self.channel.template or f"{self.channel.platform}.j2"


class Templates:
    """The newsroom's templates: compiled once, rendered in a sandbox."""

    def __init__(self, loader: jinja2.BaseLoader) -> None:
        self._environment = TeaserEnvironment(loader)

    def names(self) -> tuple[str, ...]:
        """File names of all templates that the loader can list, sorted."""
        try:
            return tuple(sorted(name for name in self._environment.list_templates() if name.endswith(".j2")))
        except TypeError:  # this kind of loader cannot list
            return ()

    def render(self, request: TeaserRequest) -> Teaser:
        """Make the teaser for one channel.

        Raises:
            TemplateError: the template is missing or wrong; with its line.
            ComposeError: nothing to say, or it does not fit at its shortest.
        """
        if not request.link.isprintable():
            raise ComposeError("the link has characters that cannot be printed")
        if request.text is not None:
            return _own_words(request, request.text)
        article = ArticleView(request.article, max_cashtags=request.capabilities.max_cashtags)
        assembly = take_apart(self._run(request, article))
        return _teaser(request, assembly, article)

    def check(self, name: str, capabilities: Iterable[Capabilities] = CAPABILITIES) -> list[Problem]:
        """Compile a template and render it for awkward articles; returns what went wrong, each thing once."""
        found: dict[tuple[str, str], Problem] = {}
        for problem in self._problems(name, capabilities):
            found.setdefault((problem.key, problem.message), problem)
        return list(found.values())

    def _problems(self, name: str, capabilities: Iterable[Capabilities]) -> Iterable[Problem]:
        try:
            self._template(name)
        except TemplateError as error:
            yield _problem(error)
            return
        loader = self._environment.loader
        source = loader.get_source(self._environment, name)[0] if loader else ""
        for line in deepest_loops(self._environment.parse(source)):
            yield Problem(
                file=name, key=f"line {line}", message="loops more than two deep, or recursive, are not allowed"
            )
        for each in capabilities:
            for label, article in ARTICLES.items():
                request = TeaserRequest(
                    article=article, channel=channel_for(article), capabilities=each, template=name, link=LINK,
                    site_name="Example News",
                )  # fmt: skip
                try:
                    self.render(request)
                except TemplateError as error:
                    yield _problem(error)
                except ComposeError as error:
                    hint = "mark what may be shortened with | fit" if "too long" in str(error) else ""
                    yield Problem(file=name, key="", message=f"with {label}: {error}", hint=hint)

    def _template(self, name: str) -> jinja2.Template:
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

    def _run(self, request: TeaserRequest, article: ArticleView) -> str:
        name = request.template_name
        template = self._template(name)
        pieces: list[str] = []
        size = 0
        try:
            for piece in template.generate(
                article=article,
                link=request.link,
                link_in_text=request.capabilities.link_in_text,
                channel=request.channel,
                site=request.site_name,
            ):
                pieces.append(piece)
                size += len(piece)
                if size > _MOST:
                    raise TemplateError(f"prints more than {_MOST} characters", template=name)
        except _MISTAKES as error:
            raise _explained(error, name) from error
        return "".join(pieces)


def _explained(error: Exception, name: str) -> TemplateError:
    where, line = _place(error.__traceback__, name)
    if isinstance(error, jinja2.TemplateSyntaxError):
        return TemplateError(error.message or "wrong syntax", template=error.name or where, line=error.lineno)
    if isinstance(error, jinja2.TemplateNotFound):
        return TemplateError(f"there is no template {error.name!r}", template=where, line=line)
    message = getattr(error, "message", None) or str(error) or type(error).__name__
    return TemplateError(_OUR_CLASS.sub(r"the \1", message), template=where, line=line)


def _place(trace: TracebackType | None, name: str) -> tuple[str, int | None]:
    """Find template and line in a traceback that Jinja2 has rewritten to template lines."""
    line = None
    while trace is not None:
        if "__jinja_exception__" in trace.tb_frame.f_globals:
            line = trace.tb_lineno
            file = trace.tb_frame.f_code.co_filename
            name = name if file.startswith("<") else file.replace("\\", "/").rpartition("/")[2]
        trace = trace.tb_next
    return name, line


def _problem(error: TemplateError) -> Problem:
    where = f"{error.template}:{error.line}: " if error.line else f"{error.template}: "
    key = f"line {error.line}" if error.line else ""
    return Problem(file=error.template, key=key, message=str(error).removeprefix(where))


def _tidied(text: str, *, max_cashtags: int | None = None) -> str:
    """Collapse blanks and blank lines that left-out parts leave behind; break cashtags beyond the allowed number."""
    text = text.strip()
    if any(loose in text for loose in _LOOSE):
        text = _BLANKS.sub("", _BLANK_LINES.sub("\n\n", text)).strip()
    return limit_cashtags(text, max_cashtags)


def _teaser(request: TeaserRequest, assembly: Assembly, article: ArticleView) -> Teaser:
    capabilities = request.capabilities
    warnings: list[str] = []
    if capabilities.link_in_text and request.link and not any(request.link in each for each in assembly.literals):
        assembly.literals[-1] += f"\n\n{request.link}"
        warnings.append(f"the template {request.template_name} does not print the link; it was added at the end")
    text, length = squeeze(
        assembly,
        limit=capabilities.text_limit,
        counting=capabilities.counting,
        finish=partial(_tidied, max_cashtags=capabilities.max_cashtags),
    )
    if not _says_something(text.replace(request.link, " ") if request.link else text):
        raise ComposeError("nothing is left to say: the text is empty, a single character or only links and tags")
    warnings += _shortened(assembly, article)
    return _finished(request, text, length=length, warnings=warnings)


def _own_words(request: TeaserRequest, text: str) -> Teaser:
    """Take an editor's own text: nothing is cut or rewritten but the article's address, which gets our marker."""
    capabilities = request.capabilities
    text = _tidied(clean(text))
    if not text:
        raise ComposeError("the text is empty")
    if request.link and request.link not in text:
        text = _with_marker(text, request)
    if capabilities.link_in_text and request.link and request.link not in text:
        text = f"{text}\n\n{request.link}"
    allowed = capabilities.max_cashtags
    if allowed is not None and len(cashtags_in(text)) > allowed:
        raise ComposeError(f"the text has more cashtags than the platform allows ({allowed})")
    length = measure(text, capabilities.counting)
    if length > capabilities.text_limit:
        raise ComposeError(f"the text is too long for this channel: {length} of at most {capabilities.text_limit}")
    return _finished(request, text, length=length, warnings=[])


def _with_marker(text: str, request: TeaserRequest) -> str:
    """Put the link with the marker in place of the article's bare address."""
    written = [match.span() for match in _ADDRESS.finditer(text)]
    for start, end in sorted({*written, *urls_in(text)}, reverse=True):
        address = text[start:end]
        try:
            same = canonical(address if "://" in address else f"https://{address}") == request.article.canonical_url
        except ValueError:
            continue
        if same:
            return text[:start] + request.link + text[end:]
    return text


def _says_something(text: str) -> bool:
    if _PLAIN_WORD.search(text):
        return True
    for start, end in sorted(urls_in(text) + hashtags_in(text), reverse=True):
        text = text[:start] + " " + text[end:]
    return sum(sign.isalnum() for sign in text) > 1


def _shortened(assembly: Assembly, article: ArticleView) -> list[str]:
    warnings = []
    for part in assembly.parts:
        if part.kind == "f" and part.shortened:
            name = (
                "the title"
                if part.full == article.title
                else "the summary"
                if part.full in article.summary
                else "a part"
            )
            warnings.append(f"{name} was {'shortened' if part.text else 'left out'} to fit")
    return warnings


def _finished(request: TeaserRequest, text: str, *, length: int, warnings: list[str]) -> Teaser:
    return Teaser(
        channel=request.channel.name,
        platform=request.channel.platform,
        template=request.template_name,
        text=text,
        link=request.link,
        length=length,
        limit=request.capabilities.text_limit,
        media=request.media,
        language=request.article.language or request.channel.language,
        warnings=(*warnings, *_link_warnings(request, text)),
    )


def _link_warnings(request: TeaserRequest, text: str) -> Iterable[str]:
    """Name what X links although nobody meant a link: it counts 23 and makes the post a dearer one."""
    capabilities = request.capabilities
    rest = text.replace(request.link, " ") if request.link else text
    if capabilities.counting is not Counting.X_WEIGHTED or "." not in rest:
        return
    has_link = bool(request.link) and request.link in text
    for start, end in urls_in(rest):
        dearer = not has_link and capabilities.price_with_link > capabilities.price
        cost = (
            f" and makes the post cost ${capabilities.price_with_link} instead of ${capabilities.price}"
            if dearer
            else ""
        )
        yield f"“{rest[start:end]}” counts as a link{cost}"
