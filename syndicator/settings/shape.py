"""The shape of the configuration file as pydantic tables: which keys exist and what kind of value each takes.

Every key is optional here; ``settings`` says which ones are needed, because that depends on other tables. Defaults live
in ``model`` only. It must not look across tables, read files or know a platform.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Any, TypeAlias, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from syndicator.model import CatchUp, QuietHours
from syndicator.settings import brand, values, words
from syndicator.settings.values import Unfit

Value = TypeVar("Value")
Key: TypeAlias = tuple[str | int, ...]
"""Where a value stands, as pydantic gives it: names of tables and keys, positions in lists from 0."""

IMAGES = ("card", "attach", "none")
FALLBACKS = ("card", "none")


def _reader(read: Callable[[Any], Value]) -> BeforeValidator:
    """Let pydantic use a reader of ``settings.values``."""

    def validate(value: Any) -> Value:
        try:
            return read(value)
        except Unfit as error:
            # Braces in what the newsroom wrote must not be taken for placeholders, so the texts travel as context.
            raise PydanticCustomError("unfit", "{message}", {"message": error.message, "hint": error.hint}) from None

    return BeforeValidator(validate)


def _read_positive(value: object) -> timedelta:
    duration = values.read_duration(value)
    if not duration:
        raise Unfit("must be longer than nothing", 'such as "5m"')
    return duration


def _read_cap(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise Unfit("must be a whole number, 1 or more", "leave the key out for no cap")
    return value


def _read_concurrency(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 200:
        raise Unfit("must be a whole number from 1 to 200", "10 is plenty for a newsroom")
    return value


def _read_image(value: object) -> str:
    if not isinstance(value, str) or value not in IMAGES:
        close = values.did_you_mean(value, IMAGES) if isinstance(value, str) else ""
        raise Unfit('must be "card", "attach" or "none"', close or "card leaves the picture to the link preview")
    return value


def _read_fallback(value: object) -> str:
    if not isinstance(value, str) or value not in FALLBACKS:
        raise Unfit('must be "card" or "none"', "card draws a picture with the title for articles that have none")
    return value


def _read_routes(value: object) -> object:
    """Take ``"x"`` for ``{channel = "x"}``."""
    if not isinstance(value, list):
        return value
    return [{"channel": route} if isinstance(route, str) else route for route in value]


Duration: TypeAlias = Annotated[timedelta, _reader(values.read_duration)]
Positive: TypeAlias = Annotated[timedelta, _reader(_read_positive)]
Money: TypeAlias = Annotated[Decimal, _reader(values.read_money)]
Cap: TypeAlias = Annotated[int, _reader(_read_cap)]
Hours: TypeAlias = Annotated[QuietHours, _reader(values.read_quiet_hours)]
Policy: TypeAlias = Annotated[CatchUp, _reader(values.read_catch_up)]
Zone: TypeAlias = Annotated[str, _reader(values.read_time_zone)]
Language: TypeAlias = Annotated[str, _reader(values.read_language)]
Template: TypeAlias = Annotated[str, _reader(values.read_template)]
Pattern: TypeAlias = Annotated[str, _reader(values.read_pattern)]
WebAddress: TypeAlias = Annotated[str, _reader(values.read_web_address)]
SecureAddress: TypeAlias = Annotated[str, _reader(values.read_secure_address)]
Place: TypeAlias = Annotated[tuple[str, int], _reader(values.read_place)]
Image: TypeAlias = Annotated[str, _reader(_read_image)]
Fallback: TypeAlias = Annotated[str, _reader(_read_fallback)]
Colour: TypeAlias = Annotated[str, _reader(brand.read_colour)]
Name: TypeAlias = Annotated[str, _reader(values.read_name)]
Hashtag: TypeAlias = Annotated[str, _reader(words.read_hashtag)]
Boilerplate: TypeAlias = Annotated[str, _reader(words.read_boilerplate)]
Entity: TypeAlias = Annotated[str, _reader(words.read_entity)]


class Table(BaseModel):
    """A table of the file. Strict: ``"yes"`` is not a truth value and ``"40"`` is not a number."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    def given(self, *names: str) -> dict[str, Any]:
        """Give those of the keys ``names`` that the file sets; lists become tuples."""
        found = {name: getattr(self, name) for name in names}
        return {n: tuple(v) if isinstance(v, list) else v for n, v in found.items() if v is not None}


class SiteTable(Table):
    """``[site]``: the publication."""

    name: str | None = None
    url: WebAddress | None = None
    timezone: Zone | None = None
    language: Language | None = None


class StoreTable(Table):
    """``[store]``: where the post log is."""

    url: str | None = None
    state_dir: str | None = None


class TemplatesTable(Table):
    """``[templates]``: where the teaser templates are."""

    dir: str | None = None


class BrandTable(Table):
    """``[brand]``: how cards look that are drawn for articles without a picture."""

    name: str | None = None
    logo: str | None = None
    background: Colour | None = None
    text: Colour | None = None
    accent: Colour | None = None
    fonts: list[str] | None = None


class HashtagsTable(Table):
    """``[hashtags]``: what becomes of tags, on every channel."""

    map: dict[str, Hashtag] | None = None
    stop: list[str] | None = None


class TextTable(Table):
    """``[text]``: what of the sources' texts may stay as it is."""

    allow: list[Entity] | None = None


class PollTable(Table):
    """``[poll]``: how sources are read."""

    concurrency: Annotated[int, _reader(_read_concurrency)] | None = None


class NotifyTable(Table):
    """``[notify]``: how people hear that something waits for them."""

    webhook: str | None = None
    command: list[str] | None = None


class PushTable(Table):
    """``[push]``: where we listen to be told of news."""

    listen: Place | None = None
    public_url: SecureAddress | None = None
    expose: bool | None = None
    sha1: bool | None = None


class SourceTable(Table):
    """``[sources.NAME]``. Keys that are not listed belong to the kind and are checked against its spec."""

    model_config = ConfigDict(extra="allow", strict=True, frozen=True)

    kind: str | None = None
    url: WebAddress | None = None
    interval: Positive | None = None
    interval_most: Positive | None = None
    labels: list[str] | None = None
    language: Language | None = None
    max_age: Positive | None = None
    allow_private: bool | None = None
    boilerplate: list[Boilerplate] | None = None
    live_check: bool | None = None
    flood_limit: Cap | None = None
    websub: bool | None = None
    webhook_secret: str | None = None

    @property
    def extras(self) -> Mapping[str, Any]:
        """Keys that only the kind can explain."""
        return self.model_extra or {}


class WindowsTable(Table):
    """``[windows]`` and ``[channels.NAME.windows]``: the delays that delivery rests on."""

    lease: Positive | None = None
    send_deadline: Positive | None = None
    settle: Duration | None = None
    look_ups: list[Duration] | None = None
    look_up_patience: Duration | None = None
    retry_first: Positive | None = None
    retry_most: Positive | None = None


class UtmTable(Table):
    """``[channels.NAME.utm]``: the campaign parameters of links. ``content`` is not here: it is the marker."""

    source: str | None = None
    medium: str | None = None
    campaign: str | None = None
    term: str | None = None


class ChannelTable(Table):
    """``[channels.NAME]``. Keys that are not listed belong to the platform and are checked against its spec."""

    model_config = ConfigDict(extra="allow", strict=True, frozen=True)

    platform: str | None = None
    account: str | None = None
    template: Template | None = None
    api_base: SecureAddress | None = None
    language: Language | None = None
    timezone: Zone | None = None
    image: Image | None = None
    image_fallback: Fallback | None = None
    preflight: bool | None = None
    preflight_wait: Duration | None = None
    min_interval: Duration | None = None
    daily_cap: Cap | None = None
    monthly_budget: Money | None = None
    quiet_hours: Hours | None = None
    expires_after: Positive | None = None
    hashtags_most: Annotated[int, _reader(words.read_most)] | None = None
    hashtags_style: Annotated[str, _reader(words.read_style)] | None = None
    undo: Duration | None = None
    resend: bool | None = None
    credentials: dict[str, str] | None = None
    utm: UtmTable | None = None
    windows: WindowsTable | None = None

    @property
    def extras(self) -> Mapping[str, Any]:
        """Keys that only the platform can explain."""
        return self.model_extra or {}


class StabiliseTable(Table):
    """``stabilise`` of a route: how long an article is watched before it is posted."""

    minimum: Duration | None = None
    quiet: Duration | None = None
    maximum: Positive | None = None


class RouteTable(Table):
    """One of a rule's ``routes``."""

    channel: str | None = None
    template: Template | None = None
    delay: Duration | None = None
    approval: bool | None = None
    stabilise: StabiliseTable | None = None
    catch_up: Policy | None = None


class RuleTable(Table):
    """``[[rules]]``."""

    name: str | None = None
    sources: list[str] | None = None
    labels: list[str] | None = None
    tags: list[str] | None = None
    not_tags: list[str] | None = None
    languages: list[Language] | None = None
    title: Pattern | None = None
    not_title: Pattern | None = None
    breaking: bool | None = None
    final: bool | None = None
    routes: Annotated[list[RouteTable], BeforeValidator(_read_routes)] | None = None


class File(Table):
    """The whole file."""

    site: SiteTable = Field(default_factory=SiteTable)
    store: StoreTable = Field(default_factory=StoreTable)
    templates: TemplatesTable = Field(default_factory=TemplatesTable)
    brand: BrandTable = Field(default_factory=BrandTable)
    hashtags: HashtagsTable = Field(default_factory=HashtagsTable)
    text: TextTable = Field(default_factory=TextTable)
    poll: PollTable = Field(default_factory=PollTable)
    notify: NotifyTable = Field(default_factory=NotifyTable)
    push: PushTable | None = None
    windows: WindowsTable = Field(default_factory=WindowsTable)
    sources: dict[Name, SourceTable] = Field(default_factory=dict)
    channels: dict[Name, ChannelTable] = Field(default_factory=dict)
    rules: list[RuleTable] = Field(default_factory=list)
