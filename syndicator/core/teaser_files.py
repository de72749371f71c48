"""The newsroom's templates as texts: which there are, what stands in them, and which one an article gets. Pure: the
loader it is given does the only reading. Nothing is compiled or run here.
"""

import jinja2

from syndicator.core.teaser_choice import Choice, choose
from syndicator.core.teaser_request import TeaserRequest
from syndicator.errors import Problem, TemplateError
from syndicator.model import Channel


class TemplateFiles:
    """Templates by their names, read anew each time: whatever was saved last counts."""

    def __init__(self, loader: jinja2.BaseLoader) -> None:
        self.loader = loader
        # Loaders ask for one; none that reads files looks at it.
        self._environment = jinja2.Environment(autoescape=False)  # noqa: S701 - it compiles nothing

    def names(self) -> tuple[str, ...]:
        """File names of all templates that the loader can list, sorted."""
        try:
            return tuple(sorted(name for name in self.loader.list_templates() if name.endswith(".j2")))
        except TypeError:  # this kind of loader cannot list
            return ()

    def source(self, name: str) -> str:
        """Give the text of a template's file.

        Raises:
            TemplateNotFound: there is none.
            OSError, UnicodeDecodeError: it cannot be read.
        """
        return self.loader.get_source(self._environment, name)[0]

    def has(self, name: str) -> bool:
        """Say whether there is a template of this name, be it right or wrong."""
        try:
            self.source(name)
        except jinja2.TemplateNotFound:
            return False
        except (OSError, UnicodeDecodeError):
            return True
        return True


class Choices:
    """Which templates some requests get; what they have in common is looked up once, and kept no longer."""

    def __init__(self, files: TemplateFiles) -> None:
        self._files = files
        self._asked: dict[object, bool] = {}
        self._choices: dict[tuple[object, ...], tuple[Channel, Choice]] = {}

    def __contains__(self, name: object) -> bool:
        # The templates that exist are asked one by one: to list a folder takes the longer, the more lies in it.
        if name not in self._asked:
            self._asked[name] = self._files.has(str(name))
        return self._asked[name]

    def of(self, request: TeaserRequest) -> Choice:
        """Choose the template for a request."""
        article, channel = request.article, request.channel
        # With the channel itself, so that no other one can have its number meanwhile.
        key = (id(channel), request.platform, request.template, article.labels, article.source, article.language)
        if (found := self._choices.get(key)) is None:
            choice = choose(article, channel, platform=request.platform_name, named=request.template, known=self)
            found = self._choices[key] = channel, choice
        return found[1]


def problem_of(error: TemplateError) -> Problem:
    """Give a template's mistake as a problem of its file, with the line."""
    where = f"{error.template}:{error.line}: " if error.line else f"{error.template}: "
    key = f"line {error.line}" if error.line else ""
    return Problem(file=error.template, key=key, message=str(error).removeprefix(where))
