import asyncio
import hashlib
import io
import struct
import zlib
from datetime import timedelta
from typing import Any

import pytest
from PIL import Image

from syndicator.errors import SourceError
from syndicator.model import AfterUnknown, Capabilities, Counting, Media
from syndicator.sources import images
from syndicator.sources._fetch import Fetcher
from syndicator.sources.images import fetch_image, prepare

from .site import Site


def allowed(**changes: Any) -> Capabilities:
    fields: dict[str, Any] = {
        "text_limit": 280, "counting": Counting.UTF16, "after_unknown": AfterUnknown.LOOK,
        "settle": timedelta(minutes=5),
        "link_in_text": True, "media_limit": 4, "media_max_bytes": 1_000_000, "alt_limit": 100,
    }  # fmt: skip
    return Capabilities(**{**fields, **changes})


def photo(width: int = 800, height: int = 600, *, kind: str = "JPEG", **options: Any) -> bytes:
    """A picture with many colours: left half bluish, right half reddish."""
    picture = Image.effect_noise((width, height), 60).convert("RGB")
    picture.paste((200, 20, 20), (width // 2, 0, width, height // 8))
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def opened(body: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(body))
    picture.load()
    return picture


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
def test_every_kind_becomes_a_clean_picture(kind: str) -> None:
    media, body = prepare(photo(kind=kind), capabilities=allowed(), alt="A hall")
    assert (media.width, media.height, media.size, media.alt) == (800, 600, len(body), "A hall")
    assert media.sha256 == hashlib.sha256(body).hexdigest()
    assert opened(body).size == (800, 600)
    assert media.mime == opened(body).get_format_mimetype()


def test_the_same_picture_gives_the_same_bytes() -> None:
    data = photo(3000, 2000)
    assert prepare(data, capabilities=allowed(), alt="") == prepare(data, capabilities=allowed(), alt="")


def test_place_and_camera_are_taken_off_and_the_picture_is_turned() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "SecretCam"
    exif.get_ifd(0x8825)[2] = (50.0, 50.0, 0.0)
    media, body = prepare(photo(800, 600, exif=exif, comment=b"SecretNote"), capabilities=allowed(), alt="")
    assert (media.width, media.height) == (600, 800)
    assert not opened(body).getexif()
    assert b"Secret" not in body
    assert b"Exif" not in body


@pytest.mark.parametrize(
    ("ratio", "size"), [((1, 1), (600, 600)), ((16, 9), (800, 450)), ((4, 5), (480, 600)), (None, (800, 600))]
)
def test_the_shape_a_platform_shows(ratio: tuple[int, int] | None, size: tuple[int, int]) -> None:
    media, _ = prepare(photo(), capabilities=allowed(media_ratio=ratio), alt="")
    assert (media.width, media.height) == size


def test_sizes_and_bytes_are_limited() -> None:
    media, body = prepare(photo(6000, 3000), capabilities=allowed(media_max_bytes=90_000), alt="")
    assert max(media.width, media.height) <= 2048
    assert len(body) <= 90_000
    with pytest.raises(ValueError, match="smaller than 200 bytes"):
        prepare(photo(), capabilities=allowed(media_max_bytes=200), alt="")


def test_a_black_and_white_photograph_is_no_drawing() -> None:
    out = io.BytesIO()
    Image.effect_noise((640, 400), 60).save(out, "PNG")
    media, body = prepare(out.getvalue(), capabilities=allowed(), alt="")
    assert (media.mime, opened(body).size) == ("image/jpeg", (640, 400))
    drawing = Image.new("L", (640, 400), 255)
    drawing.paste(90, (10, 10, 300, 200))
    out = io.BytesIO()
    drawing.save(out, "PNG")
    assert prepare(out.getvalue(), capabilities=allowed(), alt="")[0].mime == "image/png"


def test_channels_that_take_the_same_picture_have_it_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def counted(call: str, data: bytes, **wanted: Any) -> tuple[Media, bytes]:
        asked.append(wanted["capabilities"].media_max_bytes)
        return made_apart(call, data, **wanted)

    made_apart = images.made_apart
    monkeypatch.setattr(images, "made_apart", counted)
    data = photo(900, 700, quality=95)
    wide = allowed(media_max_bytes=5_000_000, media_types=("image/jpeg", "image/png", "image/webp"))
    narrow = allowed(media_max_bytes=10_000_000, alt_limit=6)
    for capabilities in (wide, narrow, wide):
        made = images.prepare_apart(data, capabilities=capabilities, alt="A hall in Ambel")
        assert made == prepare(data, capabilities=capabilities, alt="A hall in Ambel")
    assert len(asked) == 1
    for other in (allowed(media_ratio=(1, 1)), allowed(media_max_bytes=60_000), allowed(media_types=("image/jpeg",))):
        assert images.prepare_apart(data, capabilities=other, alt="") == prepare(data, capabilities=other, alt="")
    assert asked[1:] == [16 * 1024**2, 60_000, 16 * 1024**2]


def test_transparency_lies_on_white() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (100, 100), (255, 0, 0, 0)).save(out, "PNG")
    media, body = prepare(out.getvalue(), capabilities=allowed(), alt="")
    assert media.mime == "image/png"
    assert opened(body).convert("RGB").getpixel((5, 5)) == (255, 255, 255)
    media, _ = prepare(out.getvalue(), capabilities=allowed(media_types=("image/jpeg",)), alt="")
    assert media.mime == "image/jpeg"


def test_a_moving_picture_stands_still() -> None:
    frames = [Image.new("RGB", (64, 64), colour) for colour in ("red", "green", "blue")]
    out = io.BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:])
    _, body = prepare(out.getvalue(), capabilities=allowed(), alt="")
    assert getattr(opened(body), "n_frames", 1) == 1
    assert opened(body).convert("RGB").getpixel((5, 5)) == (255, 0, 0)


@pytest.mark.parametrize(("limit", "alt"), [(0, ""), (10, "The hall…"), (100, "The hall during the vote")])
def test_alternative_text_is_as_long_as_the_platform_takes(limit: int, alt: str) -> None:
    media, _ = prepare(photo(), capabilities=allowed(alt_limit=limit), alt="The hall during the vote")
    assert media.alt == alt


def huge_png(width: int, height: int) -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "damaged"), (b"<html>not found</html>", "damaged"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "damaged"),
        (huge_png(30_000, 30_000), "million pixels"), (huge_png(9_000, 9_000), "million pixels"),
        (huge_png(100, 100), "damaged"),
        (photo()[:4000], "damaged"), (photo(20, 20), "smaller than 32"), (photo(kind="BMP"), "damaged"),
        (photo(kind="TIFF"), "damaged"),
        (b"\xff\xd8\xff" + b"x" * 500, "damaged"), (b"GIF89a" + b"\0" * 50, "damaged|smaller"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "damaged"),
    ],
)  # fmt: skip
def test_what_is_no_usable_picture_is_refused_by_its_content(data: bytes, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        prepare(data, capabilities=allowed(), alt="")


def test_what_is_hidden_behind_a_picture_does_not_travel() -> None:
    _, body = prepare(photo() + b"PK\x03\x04<script>alert(1)</script>", capabilities=allowed(), alt="")
    assert b"script" not in body


def test_damaged_bytes_never_raise_anything_else() -> None:
    for kind in ("JPEG", "PNG", "WEBP", "GIF"):
        whole = photo(120, 90, kind=kind)
        for at in range(0, len(whole), max(1, len(whole) // 60)):
            broken = whole[:at] + b"\xff\x00\x7f" + whole[at + 3 :]
            try:
                prepare(broken, capabilities=allowed(), alt="")
            except ValueError:
                continue


def test_fetching(site: Site) -> None:
    data = photo()
    site.page("/a.jpg", data, Content_Type="text/plain")
    site.page("/empty.jpg")
    site.page("/page.jpg", b"\n<!DOCTYPE html><html></html>", Content_Type="image/jpeg")

    async def run(path: str) -> bytes:
        async with Fetcher() as fetcher:
            return await fetch_image(site.url + path, fetcher=fetcher, allow_private=True)

    assert asyncio.run(run("/a.jpg")) == data
    for path in ("/empty.jpg", "/page.jpg", "/none.jpg"):
        with pytest.raises(SourceError):
            asyncio.run(run(path))
