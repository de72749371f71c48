"""Templates rendered in a process of its own: killable, re-used, with limits (C09, X18, X19). Nothing runs here.

A template is a newsroom's file, and yet one that loops for ever, fills the memory or breaks the interpreter costs
nothing but the process that renders it: the post is told why, and what is next gets a new process. We read templates,
choose among them and send their texts along; the process can open nothing. One question holds many requests.

Limits: 2 seconds of processor time, 10 seconds in all, 65,536 characters of output, and 256 MB of address space, of
which the interpreter with everything loaded takes some 50 and each language whose dates are printed one more.
"""

import json
import os
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from typing import Any, Protocol

import jinja2

from syndicator.confined.places import Places
from syndicator.confined.process import Broken, Died, Limits, NotStarted, Said, Trade
from syndicator.core.teaser_files import Choices, TemplateFiles, problem_of
from syndicator.core.teaser_plain import Asked, Plain, Unbelievable, believed, plain_of, problems_of, text_of
from syndicator.core.teaser_request import Outcome, TeaserRequest
from syndicator.core.teaser_text import own_words
from syndicator.errors import ComposeError, Problem, RendererGone, TemplateError, TemplateStopped
from syndicator.model import HouseStyle, Teaser
from syndicator.service.rendering_strikes import Strikes

LIMITS = Limits(cpu=2.0, wall=10.0, memory=256 * 1024**2, documents=5000, idle=600.0, places=2)
TRADE = Trade(host="syndicator.service.rendering_inside", deed="rendering it", worker="renderer", needs_most=48)
BATCH = 100
"""Requests in one question: all of them together have the processor time of one."""
ROUNDS = 64
"""How often one question may be asked again with what it lacked."""
LONGEST = 1_000_000
"""Characters of a template's file."""
_ALONG = 64
"""Names of included templates that are remembered for one that includes."""
_PASSING = (Broken.WALL, Broken.KILLED)
"""What says nothing about the template."""


# Made once: json.dumps makes an encoder for each call that wants another form than its own.
_encode = json.JSONEncoder(separators=(",", ":")).encode


class Renderers(Protocol):
    """Where questions are answered: ``confined.places.Places``."""

    def submit(self, question: dict[str, Any], body: bytes, *, needs: frozenset[str]) -> "Future[Said]":
        """Ask a process that has prepared ``needs``."""

    def close(self) -> None:
        """End every process."""


class Rendering(TemplateFiles):
    """The newsroom's templates, rendered where they can do no harm. A ``core.teaser_request.Renderer``; thread-safe."""

    def __init__(
        self, loader: jinja2.BaseLoader, house: HouseStyle | None = None, *, renderers: Renderers | None = None
    ) -> None:
        super().__init__(loader)
        self._house = text_of(house or HouseStyle())
        self._renderers = renderers
        self._along: dict[str, tuple[str, ...]] = {}
        self._texts: dict[int, tuple[object, str]] = {}
        self._strikes = Strikes()

    def render(self, request: TeaserRequest) -> Teaser:
        """Make the teaser for one channel.

        Raises:
            TemplateError: the template is missing or wrong, or broke a limit; RendererGone where it is not to blame.
            ComposeError: nothing to say, or it does not fit at its shortest.
        """
        (made,) = self.render_all((request,))
        if isinstance(made, Teaser):
            return made
        raise made

    def render_all(self, requests: Iterable[TeaserRequest]) -> list[Outcome]:
        """Make several teasers; what went wrong with one of them stands in its place."""
        choices = Choices(self)
        begun = [self._begun(request, choices) for request in requests]
        asked = [each for each in begun if isinstance(each, Asked)]
        made = iter([one for first in range(0, len(asked), BATCH) for one in self._made(asked[first : first + BATCH])])
        return [next(made) if isinstance(each, Asked) else each for each in begun]

    def _begun(self, request: TeaserRequest, choices: Choices) -> Asked | Outcome:
        """Choose the template; what needs none, or must not have it now, is done already."""
        if request.text is not None:  # a person's own words
            try:
                return own_words(request, request.text)
            except ComposeError as error:
                return error
        asked = Asked(request, choices.of(request))
        return self._barred(asked) or asked

    def _barred(self, asked: Asked) -> RendererGone | None:
        name = asked.choice.name
        why = self._strikes.barred(name)
        return RendererGone(why, template=name) if why and self._strikes.same(name, self._text(name)) else None

    def check(self, name: str) -> list[Problem]:
        """Compile a template without rendering it; give what is wrong with it."""
        try:
            return problems_of(self._answer("check", (name,), {"name": name}))
        except _ENDS as error:
            return [problem_of(_fault(error, name))]

    # --- one question -----------------------------------------------------------------------------------------------

    def _made(self, asked: Sequence[Asked]) -> list[Outcome]:
        names = tuple(dict.fromkeys(each.choice.name for each in asked))
        try:
            said = self._answer("render", names, plain_of(asked, self._text_of))
            if not isinstance(said, list) or len(said) != len(asked):
                raise Unbelievable("no answer")
            made = [believed(each, one) for each, one in zip(asked, said, strict=True)]
        except (*_ENDS, _Bug) as error:
            # One by one, so that the one to blame is found and the others have their teasers.
            if len(asked) > 1:
                return [self._barred(each) or self._made([each])[0] for each in asked]
            if isinstance(error, _Bug):
                raise
            return [self._struck(_fault(error, names[0]))]
        self._strikes.clear(names)
        return made

    def _struck(self, error: TemplateError) -> TemplateError:
        if isinstance(error, TemplateStopped):
            self._strikes.add(error, self._text(error.template))
        return error

    def _answer(self, call: str, names: Sequence[str], facts: dict[str, Plain]) -> Plain:
        """Ask about templates, and again with what was lacking."""
        wanted = dict.fromkeys((*names, *(other for name in names for other in self._along.get(name, ()))))
        texts = {name: self._text(name) for name in wanted}
        needs: frozenset[str] = frozenset()
        until = time.monotonic() + LIMITS.wall
        for _ in range(ROUNDS):
            said, rest = self._said(call, facts | {"house": self._house, "templates": texts}, needs)
            match said.get("wants"):
                case None:
                    return _plain(said, rest)
                case ["template", str(name)] if name not in texts:
                    texts[name] = self._text(name)
                    for root in names:
                        self._along[root] = (*self._along.get(root, ()), name)[-_ALONG:]
                    if time.monotonic() > until:
                        break
                case ["data", str(need)] if need not in needs:
                    needs |= {need}
                    until = time.monotonic() + LIMITS.wall  # a new process starts, for which nobody is to blame
                case _:
                    raise Unbelievable("it asks for what it has")
        raise Died("it asks for more and more templates", Broken.CPU)

    def _said(self, call: str, facts: dict[str, Plain], needs: frozenset[str]) -> Said:
        """Ask once; and once more when the process ended for a reason that is not the template's, or not surely."""
        body = _encode(facts).encode()
        question, renderers = {"call": call}, self._renderers or _shared
        try:
            return renderers.submit(question, body, needs=needs).result()
        except Died as error:
            if error.broken not in (Broken.KILLED, Broken.CRASHED):
                raise
        return renderers.submit(question, body, needs=needs).result()

    def _text(self, name: str) -> Plain:
        """Give what is sent of a template: its text; None when there is none; why it cannot be read, in a list."""
        try:
            text = self.source(name)
        except jinja2.TemplateNotFound:
            return None
        except (OSError, UnicodeDecodeError) as error:
            return [str(error)]
        return text if len(text) <= LONGEST else [f"it has more than {LONGEST:,} characters"]

    def _text_of(self, value: Any) -> str:
        """Write what a channel or its platform says, once for each: they are values and do not change."""
        known = self._texts.get(id(value))
        if known is None or known[0] is not value:
            if len(self._texts) > 500:
                self._texts.clear()
            known = self._texts[id(value)] = (value, text_of(value))
        return known[1]


class _Bug(RuntimeError):
    """A mistake of ours that one article meets; whoever composes guards against it."""


_ENDS = (Died, NotStarted, OSError, Unbelievable)


def _plain(said: dict[str, Any], rest: bytes) -> Plain:
    if "failed" in said:
        raise _Bug(f"the renderer failed: {str(said['failed'])[:100]!r}")
    try:
        return json.loads(rest)
    except (ValueError, RecursionError) as error:
        raise Unbelievable("no JSON") from error


def _fault(error: Exception, name: str) -> TemplateError:
    """Say what ended the rendering of a template, and whose fault it is."""
    if isinstance(error, Unbelievable):
        return TemplateStopped(f"its renderer was taken over ({error})", template=name)
    if isinstance(error, Died) and error.broken not in _PASSING:
        return TemplateStopped(str(error), template=name)
    return RendererGone(str(error), template=name)


def _forget() -> None:
    """A fork is not the parent of our processes: it starts its own."""
    global _shared  # noqa: PLW0603 - there is one of it in each process
    _shared = Places(LIMITS, TRADE)


_shared: Renderers = Places(LIMITS, TRADE)
os.register_at_fork(after_in_child=_forget)


def warm() -> None:
    """Let a renderer start beside what we do meanwhile, so that the first teaser need not wait."""
    _shared.submit({}, b"", needs=frozenset())


def close() -> None:
    """End this process's renderers with their threads; what is asked later starts new ones."""
    _shared.close()
