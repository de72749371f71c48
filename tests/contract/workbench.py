"""What the contract tests work with: teasers, pictures, faults to order, and counts of what reached the sandbox."""

import hashlib
import io
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from PIL import Image

from syndicator.errors import PlatformError
from syndicator.model import Capabilities, Media, Receipt, Staged, Teaser
from syndicator.platforms import Adapter
from syndicator.sandbox.faults import Fault, Kind, When

if TYPE_CHECKING:
    from syndicator.sandbox import Sandbox

LINK = "https://www.eutoday.net/news/council-agrees"
ALT = "A harbour at dawn: cranes, two ferries & a “gull”"


def marker_of(number: int) -> str:
    """Make a marker of 13 base32 characters."""
    digits = "abcdefghijklmnopqrstuvwxyz234567"
    text = ""
    for _ in range(13):
        number, digit = divmod(number, 32)
        text = digits[digit] + text
    return text


def link_of(marker: str) -> str:
    return f"{LINK}?utm_source=x&utm_medium=social&utm_content={marker}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture with its bytes."""

    media: Media
    data: bytes


def picture(*, alt: str = ALT, colour: str = "teal") -> Picture:
    file = io.BytesIO()
    Image.new("RGB", (64, 48), colour).save(file, "PNG")
    data = file.getvalue()
    sha256 = hashlib.sha256(data).hexdigest()
    media = Media(sha256=sha256, mime="image/png", width=64, height=48, size=len(data), alt=alt)
    return Picture(media=media, data=data)


def teaser(
    capabilities: Capabilities, *, platform: str, text: str, link: str, pictures: tuple[Picture, ...] = ()
) -> Teaser:
    whole = f"{text}\n{link}" if link and capabilities.link_in_text else text
    return Teaser(
        channel="desk",
        platform=platform,
        template=f"{platform}.j2",
        text=whole,
        link=link,
        length=len(whole),
        limit=capabilities.text_limit,
        media=tuple(item.media for item in pictures),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class WireFault:
    """One way in which the answer to the visible request can go wrong."""

    name: str
    kind: Kind
    status: int | None = None
    preset: str = ""
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    delay: float | None = None

    def order(self, sandbox: "Sandbox", *, platform: str, role: str, when: When) -> None:
        """Let the next request of that role meet this fault."""
        fault = Fault(
            platform=platform,
            kind=self.kind,
            when=when,
            role=role,
            status=self.status,
            body=self.body,
            headers=self.headers,
            delay=self.delay,
            name=self.preset,
        )
        sandbox.state.faults.add(fault)


READ_TIMEOUT = 1.0
"""Seconds; what the adapters under test are told to wait for an answer."""

WIRE_FAULTS = (
    WireFault(name="drop", kind=Kind.DROP),
    WireFault(name="rst", kind=Kind.RST),
    WireFault(name="timeout", kind=Kind.TIMEOUT, delay=3),
    WireFault(name="slow", kind=Kind.SLOW, delay=2 * READ_TIMEOUT),
    WireFault(name="truncated", kind=Kind.TRUNCATE),
    WireFault(name="html instead of json", kind=Kind.WRONG_BODY),
    WireFault(name="json list", kind=Kind.WRONG_BODY, body=[1]),
    WireFault(name="empty", kind=Kind.WRONG_BODY, body=""),
    WireFault(name="no id", kind=Kind.NO_ID),
    WireFault(name="errors instead of data", kind=Kind.NO_ID, body={"errors": [{"detail": "?"}]}),
    WireFault(name="500", kind=Kind.STATUS, status=500),
    WireFault(name="502 html", kind=Kind.HTML, status=502),
    WireFault(name="503", kind=Kind.STATUS, status=503, headers={"Retry-After": "0"}),
    WireFault(name="520 html", kind=Kind.HTML, status=520),
    WireFault(name="408", kind=Kind.STATUS, status=408),
    WireFault(name="409", kind=Kind.STATUS, status=409),
    WireFault(name="307", kind=Kind.REDIRECT, status=307),
    WireFault(name="302", kind=Kind.REDIRECT, status=302),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How one publish ended."""

    receipt: Receipt | None = None
    error: PlatformError | None = None


def publish(adapter: Adapter, staged: Staged) -> Outcome:
    try:
        result = adapter.publish(staged, lambda: None)
    except PlatformError as error:
        return Outcome(error=error)
    assert isinstance(result, Receipt)
    return Outcome(receipt=result)


def requests_of(sandbox: "Sandbox", platform: str, role: str | None = None) -> list[dict[str, Any]]:
    return [row for row in sandbox.state.traffic.requests(platform) if role in {None, row["role"]}]


def now(sandbox: "Sandbox") -> datetime:
    """The platform's clock, in whole seconds as its Date header says it."""
    return datetime.fromtimestamp(int(sandbox.state.clock.epoch()), UTC)


def shift(sandbox: "Sandbox", by: timedelta) -> None:
    sandbox.state.clock.offset += by.total_seconds()
