"""Every error syndicator raises on purpose, and the three questions a platform error answers.

::

    SyndicatorError
    ├─ ConfigError        all problems of a file together, with hints                  exit 2
    ├─ TemplateError      template, line
    │  ├─ TemplateStopped  it broke a limit, or the process that rendered it
    │  └─ RendererGone     that process ended, and the template is not to blame: wait helps
    ├─ ComposeError       the article cannot become a teaser for this channel
    ├─ StoreError         locked, unreachable, newer schema, not ours                  exit 3
    │  └─ InvalidTransition
    ├─ SourceError        source, retry_after: SourceUnreachable, SourceInvalid (SourceHostile)
    └─ PlatformError      platform, code, http_status, request_id, retry_after
       ├─ Unreachable     happened=no     wait helps    owner=platform
       ├─ RateLimited     happened=no     wait helps    owner=channel
       ├─ AuthRequired    happened=no     wait helps    owner=channel
       ├─ OutOfBudget     happened=no     wait helps    owner=channel
       ├─ Rejected        happened=no     never         owner=post
       ├─ Duplicate       happened=maybe  never         owner=post: look
       └─ OutcomeUnknown  happened=maybe  never         owner=post: look

Delivery reads ``happened``, ``wait_helps`` and ``owner``; it never looks at a class name or a message.
A message never carries a secret: adapters redact before they raise.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar


class Happened(StrEnum):
    """Whether the visible write may have taken effect."""

    NO = "no"
    MAYBE = "maybe"


class Owner(StrEnum):
    """Whose condition it is: who must act, and what is paused meanwhile."""

    PLATFORM = "platform"
    CHANNEL = "channel"
    POST = "post"


class SyndicatorError(Exception):
    """Root of everything raised on purpose. ``exit_code`` is what the command line returns for it."""

    exit_code: ClassVar[int] = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing wrong in a configuration or template: where, what, and the remedy."""

    file: str
    key: str
    message: str
    hint: str = ""

    def __str__(self) -> str:
        where = f"{self.file}: {self.key}" if self.key else self.file
        return f"{where}: {self.message}" + (f" (hint: {self.hint})" if self.hint else "")


class ConfigError(SyndicatorError):
    """The configuration has problems; all of them are listed together."""

    exit_code = 2

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class TemplateError(SyndicatorError):
    """A template cannot be found, read or rendered."""

    exit_code = 2

    def __init__(self, message: str, *, template: str, line: int | None = None) -> None:
        self.template = template
        self.line = line
        super().__init__(f"{template}:{line}: {message}" if line else f"{template}: {message}")


class TemplateStopped(TemplateError):
    """A template broke a limit of the process that rendered it, or that process."""


class RendererGone(TemplateError):
    """Nothing can be rendered now: the process for it could not start, was killed or got no time, or memory is short.

    Later this very template may be rendered.
    """


class ComposeError(SyndicatorError):
    """The article cannot become a teaser for this channel (empty text, link longer than the limit …)."""


class StoreError(SyndicatorError):
    """The database is locked, unreachable, of a newer schema, missing, or not ours."""

    exit_code = 3


class InvalidTransition(StoreError):
    """A state change lost its compare-and-set: the post is no longer in the expected state with that token."""


class SourceError(SyndicatorError):
    """A source could not be read this time; the others go on."""

    def __init__(
        self, message: str, *, source: str, retry_after: timedelta | None = None, status: int | None = None
    ) -> None:
        self.source = source
        self.retry_after = retry_after
        self.status = status
        """The HTTP status, when the source answered with one that is an error."""
        super().__init__(f"{source}: {message}")


class SourceUnreachable(SourceError):
    """The source did not answer, or answered with an error status."""


class SourceInvalid(SourceError):
    """The source answered, but not with something that can be read as the configured kind."""


class SourceHostile(SourceInvalid):
    """The document broke its parser or its limits; asking again soon would only cost as much again."""


class PlatformError(SyndicatorError):
    """A platform refused, failed, or left us in doubt. Subclasses answer the three questions.

    ``code`` is the platform's own error code or reason as text; ``retry_after`` a delay, ``reset_at`` an instant
    named by the platform; ``platform_at`` the platform's own clock (``Date`` header) when it answered.
    """

    happened: ClassVar[Happened]
    wait_helps: ClassVar[bool]
    owner: ClassVar[Owner]
    says_duplicate: ClassVar[bool] = False

    def __init__(
        self,
        message: str,
        *,
        platform: str,
        code: str | None = None,
        http_status: int | None = None,
        request_id: str | None = None,
        retry_after: timedelta | None = None,
        reset_at: datetime | None = None,
        platform_at: datetime | None = None,
    ) -> None:
        self.platform = platform
        self.code = code
        self.http_status = http_status
        self.request_id = request_id
        self.retry_after = retry_after
        self.reset_at = reset_at
        self.platform_at = platform_at
        super().__init__(message)


class Unreachable(PlatformError):
    """Nothing was sent, or a read failed; trying later is safe."""

    happened, wait_helps, owner = Happened.NO, True, Owner.PLATFORM


class SendDeadlinePassed(Unreachable):
    """Too long between the committed intent and the write (R4): nothing was written."""


class RateLimited(PlatformError):
    """The platform asks this channel to wait; nothing was created."""

    happened, wait_helps, owner = Happened.NO, True, Owner.CHANNEL


class AuthRequired(PlatformError):
    """The credentials are refused or lack a permission: the channel pauses, its posts stay queued."""

    happened, wait_helps, owner = Happened.NO, True, Owner.CHANNEL


class OutOfBudget(PlatformError):
    """No credits, a spend cap at the platform, or our own monthly budget."""

    happened, wait_helps, owner = Happened.NO, True, Owner.CHANNEL


class Rejected(PlatformError):
    """A clear refusal of this very post; repeating it cannot help."""

    happened, wait_helps, owner = Happened.NO, False, Owner.POST


class Duplicate(PlatformError):
    """The platform says it already has this text: neither success nor failure, so look (R8)."""

    happened, wait_helps, owner = Happened.MAYBE, False, Owner.POST
    says_duplicate = True


class OutcomeUnknown(PlatformError):
    """The request was (or may have been) sent and nobody knows what became of it: look, never resend blindly."""

    happened, wait_helps, owner = Happened.MAYBE, False, Owner.POST
