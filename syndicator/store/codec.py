"""Values to canonical text and back: the same value always gives the same bytes. No SQL here.

Canonical JSON: keys sorted, no spaces, UTF-8 as it is, money as text. Hashes and comparisons in SQL rest on it.
"""

import json
from datetime import UTC, datetime
from decimal import ROUND_UP, Decimal
from typing import Any

from syndicator.model import AfterUnknown, Composed, Json, Media, Part, Picture, Teaser

MICROS = 1_000_000
_WIDTH = len("2026-11-22T10:00:00.000000Z")


# Made once: json.dumps makes an encoder for each call that wants another form than its own.
_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode


def canonical(value: Any) -> str:
    """Write a JSON value as canonical text; equal values give equal text."""
    text = _encode(value)
    if text.isascii() or plain(text) == text:
        return text
    # Half a surrogate pair cannot be encoded as UTF-8; escaped it survives.
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def plain(text: str) -> str:
    """Drop what no database text may hold: NUL and halves of surrogate pairs."""
    if text.isascii():
        return text.replace("\0", "")
    return text.replace("\0", "").encode("utf-8", "ignore").decode("utf-8")


def dump_instant(at: datetime) -> str:
    """Write an aware instant as fixed-width UTC text that sorts as time does.

    Raises:
        ValueError: the instant has no time zone.
    """
    if at.tzinfo is None:
        raise ValueError(f"an instant without a time zone: {at!r}")
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def load_instant(text: str) -> datetime:
    """Read what :func:`dump_instant` wrote."""
    if len(text) != _WIDTH:
        raise ValueError(f"not an instant of this log: {text!r}")
    return datetime.fromisoformat(text)


def dump_money(amount: Decimal) -> int:
    """Write US dollars as whole micro-dollars; a fraction of one is rounded up, so spending is never understated."""
    return int((amount * MICROS).to_integral_value(rounding=ROUND_UP))


def load_money(micros: int) -> Decimal:
    """Read micro-dollars as US dollars."""
    return (Decimal(micros) / MICROS).normalize() if micros else Decimal(0)


def dump_composed(composed: Composed) -> str:
    """Write a composed request as canonical text: the frozen bytes of a post."""
    teaser = composed.teaser
    more: Json = {"parts": [_part_json(part) for part in teaser.parts]} if teaser.parts else {}
    return canonical(
        {
            "platform": composed.platform,
            "marker": composed.marker,
            "request": composed.request,
            "cost": str(composed.cost),
            "after_unknown": composed.after_unknown,
            "teaser": {
                "channel": teaser.channel,
                "platform": teaser.platform,
                "template": teaser.template,
                "text": teaser.text,
                "link": teaser.link,
                "length": teaser.length,
                "limit": teaser.limit,
                "media": [_media_json(media) for media in teaser.media],
                "language": teaser.language,
                "warnings": list(teaser.warnings),
                "template_why": teaser.template_why,
                **more,
            },
        }
    )


def load_composed(text: str) -> Composed:
    """Read what :func:`dump_composed` wrote."""
    data: Json = json.loads(text)
    teaser: Json = data["teaser"]
    return Composed(
        platform=data["platform"],
        marker=data["marker"],
        request=data["request"],
        cost=Decimal(data["cost"]),
        after_unknown=AfterUnknown(data.get("after_unknown", AfterUnknown.LOOK)),
        teaser=Teaser(
            **{name: value for name, value in teaser.items() if name not in {"media", "warnings", "parts"}},
            media=tuple(Media(**media) for media in teaser["media"]),
            warnings=tuple(teaser["warnings"]),
            parts=tuple(Part(**part) for part in teaser.get("parts", ())),
        ),
    )


def _part_json(part: Part) -> Json:
    return {"text": part.text, "length": part.length, "limit": part.limit, "link": part.link}


def _media_json(media: Media) -> Json:
    return {
        "sha256": media.sha256,
        "mime": media.mime,
        "width": media.width,
        "height": media.height,
        "size": media.size,
        "alt": media.alt,
    }


def dump_picture(picture: Picture) -> str:
    """Write a picture named by a source as canonical text."""
    said: Json = {"url": picture.url, "alt": picture.alt}
    if picture.others:
        said["others"] = [{"url": other.url, "alt": other.alt} for other in picture.others]
    return canonical(said)


def load_picture(text: str) -> Picture:
    """Read what :func:`dump_picture` wrote; logs of before 2026-11-22 name no others."""
    said: Json = json.loads(text)
    others = tuple(Picture(**other) for other in said.pop("others", ()))
    return Picture(**said, others=others)
