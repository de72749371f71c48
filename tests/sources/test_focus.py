"""A crop keeps its subject: faces and things at the edge, of every colour of skin, drawn here."""

import io

import pytest
from PIL import Image, ImageDraw, ImageFilter

from syndicator.sources import _focus
from syndicator.sources.images import prepare

from .test_images import allowed, opened, photo

SKINS = ((245, 210, 185), (224, 172, 138), (150, 100, 70), (95, 60, 42), (60, 40, 30))
Box = tuple[int, int, int, int]


def face(draw: ImageDraw.ImageDraw, x: float, y: float, r: float, skin: tuple[int, int, int]) -> None:
    draw.rectangle((x - r * 1.6, y + r * 1.2, x + r * 1.6, y + 20 * r), fill=(40, 50, 90))
    draw.ellipse((x - r, y - r * 1.25, x + r, y + r * 1.25), fill=skin)
    draw.pieslice((x - r, y - r * 1.35, x + r, y + r * 0.9), 180, 360, fill=(60, 40, 30))
    draw.ellipse((x - r * 0.85, y - r * 0.7, x + r * 0.85, y + r * 1.2), fill=skin)
    for side in (-1, 1):
        eye = x + side * r * 0.4
        draw.ellipse((eye - r * 0.12, y - r * 0.1, eye + r * 0.12, y + r * 0.12), fill=(20, 20, 30))
    draw.arc((x - r * 0.4, y + r * 0.2, x + r * 0.4, y + r * 0.8), 20, 160, fill=(140, 40, 40), width=int(r * 0.08) + 1)


def scene(size: tuple[int, int], x: float, y: float, r: float, *, skin: tuple[int, int, int] = SKINS[1]) -> Image.Image:
    """A person before sky and grass, with the grain of a camera."""
    picture = Image.new("RGB", size, (120, 160, 210))
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, size[1] * 0.7, *size), fill=(70, 110, 60))
    grain = Image.linear_gradient("L").resize(size).convert("RGB")
    picture = Image.blend(picture, grain, 0.1)
    face(ImageDraw.Draw(picture), x, y, r, skin)
    return picture.filter(ImageFilter.GaussianBlur(1))


def window(picture: Image.Image, ratio: tuple[int, int]) -> Box:
    """Where the crop lies in the picture."""
    width, height = picture.size
    across, down = min(width, round(height * ratio[0] / ratio[1])), min(height, round(width * ratio[1] / ratio[0]))
    left = _focus.start(picture, across, across=True) if across < width else 0
    top = _focus.start(picture, down, across=False) if down < height else 0
    return left, top, left + across, top + down


def holds(box: Box, x: float, y: float, r: float) -> bool:
    return box[0] <= x - r and x + r <= box[2] and box[1] <= y - 1.3 * r and y + 1.3 * r <= box[3]


@pytest.mark.parametrize("skin", SKINS)
@pytest.mark.parametrize("at", [0.1, 0.3, 0.5, 0.7, 0.9])
@pytest.mark.parametrize("ratio", [(1, 1), (4, 5)])
def test_a_face_at_the_edge_stays_whole(skin: tuple[int, int, int], at: float, ratio: tuple[int, int]) -> None:
    x, y, r = 1600 * at, 360, 100
    assert holds(window(scene((1600, 900), x, y, r, skin=skin), ratio), x, y, r)


@pytest.mark.parametrize("at", [0.12, 0.3, 0.5])
@pytest.mark.parametrize("ratio", [(1, 1), (191, 100)])
def test_a_head_in_a_high_picture_is_not_cut_off(at: float, ratio: tuple[int, int]) -> None:
    x, y, r = 450, 1400 * at, 90
    assert holds(window(scene((900, 1400), x, y, r), ratio), x, y, r)


@pytest.mark.parametrize("x", [120, 800, 1480])
def test_a_thing_that_stands_out_is_kept(x: int) -> None:
    picture = Image.new("RGB", (1600, 900), (90, 130, 170))
    draw = ImageDraw.Draw(picture)
    draw.polygon([(x - 90, 640), (x + 90, 640), (x + 50, 700), (x - 50, 700)], fill=(200, 60, 20))
    draw.polygon([(x, 400), (x, 630), (x + 80, 630)], fill=(250, 250, 250))
    box = window(picture, (1, 1))
    assert box[0] <= x - 90
    assert x + 90 <= box[2]


def test_a_picture_without_a_subject_is_cropped_from_its_middle() -> None:
    assert window(Image.new("RGB", (1600, 900), (90, 130, 170)), (1, 1)) == (350, 0, 1250, 900)


@pytest.mark.parametrize("size", [(33, 3000), (3000, 33), (32, 32), (161, 40), (1, 900)])
def test_any_size_is_cropped_to_the_shape(size: tuple[int, int]) -> None:
    for ratio in ((1, 1), (4, 5), (191, 100)):
        cropped = _focus.crop(Image.new("RGB", size, "white"), ratio)
        assert 1 <= cropped.width <= size[0]
        assert 1 <= cropped.height <= size[1]


def test_the_same_picture_is_cropped_in_the_same_way() -> None:
    picture = scene((1600, 900), 300, 360, 100)
    assert {window(picture, (1, 1)) for _ in range(3)} == {window(picture.copy(), (1, 1))}


def test_x29_a_turned_picture_is_cropped_upright_and_says_nothing_of_where_it_was_taken() -> None:
    """The camera lay on its side: the head is at the top only once the picture is turned."""
    upright = scene((900, 1600), 450, 200, 100)
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "SecretCam"
    exif.get_ifd(0x8825)[2] = (50.0, 50.0, 0.0)
    out = io.BytesIO()
    upright.transpose(Image.Transpose.ROTATE_90).save(out, "JPEG", exif=exif, quality=95)
    media, body = prepare(out.getvalue(), capabilities=allowed(media_ratio=(1, 1)), alt="")
    assert (media.width, media.height) == (900, 900)
    assert not opened(body).getexif()
    assert b"Secret" not in body
    # Skin where the face is: nothing of it was cut off.
    red, green, blue = opened(body).convert("RGB").getpixel((450, 200 + 40))  # type: ignore[misc]
    assert red > green > blue


def test_a_large_picture_is_decoded_no_larger_than_needed() -> None:
    """The decoder may skip what would be scaled away; what comes out is as large as ever."""
    data = photo(4000, 3000)
    for ratio, side, size in (((1, 1), 640, (640, 640)), ((191, 100), 800, (800, 419)), (None, 1024, (1024, 768))):
        media, _ = prepare(data, capabilities=allowed(media_ratio=ratio, media_max_side=side), alt="")
        assert (media.width, media.height) == size
