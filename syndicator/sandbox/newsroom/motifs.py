"""The newsroom's illustrations, one drawing function per motif; abstract on purpose, no text and no real places.

A motif draws on a :class:`Canvas` with four colours (dark, middle, accent, light) and a seeded generator, so that the
same article always gets the same picture. It must read nothing from outside.
"""

import math
from collections.abc import Callable, Sequence
from random import Random
from typing import TypeAlias

from PIL import Image, ImageColor, ImageDraw, ImageFilter

WIDTH, HEIGHT = 2400, 1350
"""Drawing size in pixels: twice the size of the finished picture, so that edges come out smooth."""

Rgb: TypeAlias = tuple[int, int, int]
Point: TypeAlias = tuple[float, float]


class Canvas:
    """A picture in the making: gradients, glows and translucent shapes."""

    def __init__(self, palette: tuple[str, str, str, str], seed: str) -> None:
        self.dark, self.middle, self.accent, self.light = (_rgb(colour) for colour in palette)
        self.random = Random(seed)
        self.image = Image.new("RGB", (WIDTH, HEIGHT), self.dark)
        self.pen = ImageDraw.Draw(self.image, "RGBA")

    def sky(self, *colours: Rgb) -> None:
        """Fill everything with a vertical gradient through ``colours``, top to bottom."""
        strip = Image.new("RGB", (1, len(colours)))
        strip.putdata(colours)
        self.image.paste(strip.resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC))

    def glow(self, at: Point, radius: float, *, colour: Rgb, strength: float = 1.0) -> None:
        """Put a soft light at ``at``; ``strength`` 0 to 1."""
        size = int(radius * 2)
        halo = Image.radial_gradient("L").resize((size, size))
        mask = halo.point([int(max(0, 255 - value * 1.42) * strength) for value in range(256)])
        self.image.paste(colour, (int(at[0] - radius), int(at[1] - radius)), mask)

    def disc(self, at: Point, radius: float, *, colour: Rgb, alpha: int = 255) -> None:
        """Draw a filled circle."""
        self.pen.ellipse(_box(at, radius), fill=(*colour, alpha))

    def ring(self, at: Point, radius: float, *, colour: Rgb, alpha: int = 255, width: int = 6) -> None:
        """Draw a circle's outline."""
        self.pen.ellipse(_box(at, radius), outline=(*colour, alpha), width=width)

    def shape(self, points: Sequence[Point], *, colour: Rgb, alpha: int = 255) -> None:
        """Draw a filled polygon."""
        self.pen.polygon(points, fill=(*colour, alpha))

    def line(self, points: Sequence[Point], *, colour: Rgb, alpha: int = 255, width: int = 6) -> None:
        """Draw an open line with round joints."""
        self.pen.line(points, fill=(*colour, alpha), width=width, joint="curve")

    def ridge(self, base: float, height: float, *, rough: float = 1.0) -> list[Point]:
        """Give a closed hill outline: a sum of seeded waves around ``base``, down to the lower edge."""
        waves = [(self.random.uniform(0.6, 1.4) * n * rough, self.random.uniform(0, 6.3), 1 / n) for n in (1, 2, 4, 7)]
        top = [
            (x, base - height * sum(a * math.sin(f * x / WIDTH * 6.3 + p) for f, p, a in waves) / 2)
            for x in range(0, WIDTH + 40, 20)
        ]
        return [(0, HEIGHT), *top, (WIDTH, HEIGHT)]

    def blur(self, radius: float) -> None:
        """Soften everything drawn so far."""
        self.image.paste(self.image.filter(ImageFilter.GaussianBlur(radius)))


def _rgb(colour: str) -> Rgb:
    red, green, blue = ImageColor.getrgb(colour)[:3]
    return red, green, blue


def _box(at: Point, radius: float) -> tuple[float, float, float, float]:
    return at[0] - radius, at[1] - radius, at[0] + radius, at[1] + radius


def blend(one: Rgb, other: Rgb, share: float) -> Rgb:
    """Give the colour ``share`` (0 to 1) of the way from ``one`` to ``other``."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def draw_sea(canvas: Canvas) -> None:
    """Draw a low sun over water with a row of gates on the horizon."""
    canvas.sky(canvas.dark, canvas.middle, canvas.accent, canvas.light)
    sun, horizon = (canvas.random.uniform(900, 1700), 640.0), 760.0
    canvas.glow(sun, 900, colour=canvas.light, strength=0.75)
    canvas.disc(sun, 170, colour=blend(canvas.light, (255, 255, 255), 0.35))
    canvas.pen.rectangle((0, horizon, WIDTH, HEIGHT), fill=canvas.dark)
    for n in range(9):
        left = 160 + n * 250
        canvas.pen.rectangle(
            (left, horizon - 96, left + 92, horizon), fill=(*blend(canvas.dark, canvas.middle, 0.35), 255)
        )
        canvas.pen.rectangle((left + 30, horizon - 124, left + 62, horizon - 90), fill=(*canvas.dark, 255))
    for row in range(26):
        level = horizon + 12 + row * row * 0.95
        for _ in range(9):
            x, span = canvas.random.gauss(sun[0], 120 + row * 34), canvas.random.uniform(30, 120) * (1 + row / 9)
            colour = canvas.light if abs(x - sun[0]) < 260 else canvas.accent
            canvas.line(
                [(x - span, level), (x + span, level)], colour=colour, alpha=max(40, 190 - row * 5), width=4 + row // 3
            )


def draw_rails(canvas: Canvas) -> None:
    """Draw railway tracks running to the vanishing point under an evening sky."""
    canvas.sky(canvas.dark, canvas.middle, canvas.accent, canvas.light)
    middle, horizon = 1290.0, 720.0
    canvas.glow((middle, horizon), 760, colour=canvas.light, strength=0.9)
    canvas.shape(canvas.ridge(700, 90), colour=blend(canvas.middle, canvas.accent, 0.25), alpha=230)
    canvas.shape([(0, 740), (WIDTH, 740), (WIDTH, HEIGHT), (0, HEIGHT)], colour=canvas.dark)
    for n in range(1, 22):
        depth = (n / 21) ** 2.2
        y, half = 740 + depth * 640, 20 + depth * 900
        canvas.line(
            [(middle - half, y), (middle + half, y)], colour=canvas.middle, alpha=210, width=int(5 + depth * 46)
        )
    for side in (-1, 1):
        foot = middle + side * 640
        canvas.shape(
            [(middle + side * 5, 736), (middle + side * 10, 736), (foot + 34, HEIGHT), (foot - 34, HEIGHT)],
            colour=canvas.light,
        )
    for n in range(7):
        x, top = 170 + n * 120 * (1 - n / 14), 300 + n * 58
        canvas.line([(x, 760), (x, top), (x + 130 - n * 14, top)], colour=canvas.dark, width=max(5, 18 - n * 2))
    for _ in range(70):
        at = canvas.random.uniform(0, WIDTH), canvas.random.uniform(0, 360)
        canvas.disc(at, canvas.random.uniform(1.5, 4.5), colour=canvas.light, alpha=170)


def draw_waves(canvas: Canvas) -> None:
    """Draw layers of night water with a string of small lights."""
    canvas.sky(canvas.dark, canvas.middle, canvas.accent)
    canvas.disc((1930, 270), 120, colour=canvas.light, alpha=235)
    canvas.glow((1930, 270), 520, colour=canvas.light, strength=0.45)
    for layer in range(7):
        share = layer / 6
        outline = canvas.ridge(520 + layer * 125, 90)
        canvas.shape(outline, colour=blend(canvas.accent, canvas.dark, 0.25 + share * 0.72), alpha=225)
        canvas.line(outline[1:-1], colour=canvas.accent, alpha=int(120 - share * 70), width=5)
        if layer == 3:
            for x, y in outline[4:-4:6]:
                canvas.glow((x, y + 66), 74, colour=canvas.light, strength=0.85)
                canvas.disc((x, y + 66), 13, colour=canvas.light)


def draw_bars(canvas: Canvas) -> None:
    """Draw columns of different height with a thin line across."""
    canvas.sky(canvas.light, blend(canvas.light, canvas.middle, 0.55))
    heights = [canvas.random.uniform(240, 980) for _ in range(12)]
    for n, height in enumerate(heights):
        x = 110 + n * 184
        colour = canvas.accent if n % 5 == 2 else blend(canvas.middle, canvas.dark, canvas.random.uniform(0, 0.85))
        canvas.shape([(x, HEIGHT), (x, HEIGHT - height), (x + 132, HEIGHT - height), (x + 132, HEIGHT)], colour=colour)
        canvas.shape(
            [(x + 132, HEIGHT), (x + 132, HEIGHT - height), (x + 160, HEIGHT - height - 34), (x + 160, HEIGHT)],
            colour=blend(colour, canvas.dark, 0.45),
        )
    tops = [(176 + n * 184, HEIGHT - height * 0.55 - 420) for n, height in enumerate(heights)]
    canvas.line(tops, colour=canvas.dark, width=12)
    for at in tops:
        canvas.disc(at, 24, colour=canvas.light)
        canvas.ring(at, 24, colour=canvas.dark, width=10)


def draw_cells(canvas: Canvas) -> None:
    """Draw a network of threads and round cells."""
    canvas.sky(canvas.dark, canvas.middle)
    knots = [(canvas.random.uniform(-80, WIDTH + 80), canvas.random.uniform(-80, HEIGHT + 80)) for _ in range(120)]
    for knot in knots:
        near = sorted(knots, key=lambda other: math.dist(knot, other))[1:5]
        for other in near:
            canvas.line([knot, other], colour=canvas.light, alpha=95, width=4)
    for knot in knots:
        radius = canvas.random.choice([16, 22, 30, 44, 70, 104])
        canvas.disc(knot, radius, colour=canvas.accent, alpha=70 if radius > 60 else 190)
        canvas.ring(knot, radius, colour=canvas.light, alpha=210, width=5)
        canvas.disc(knot, radius * 0.28, colour=canvas.light, alpha=230)


def draw_chart(canvas: Canvas) -> None:
    """Draw a glowing line that climbs over a dark grid."""
    canvas.sky(canvas.dark, canvas.middle)
    for x in range(0, WIDTH, 150):
        canvas.line([(x, 0), (x, HEIGHT)], colour=canvas.accent, alpha=34, width=3)
    for y in range(0, HEIGHT, 150):
        canvas.line([(0, y), (WIDTH, y)], colour=canvas.accent, alpha=34, width=3)
    height, points = 1080.0, list[Point]()
    for x in range(-20, WIDTH + 60, 60):
        height -= canvas.random.uniform(-34, 70) * (0.4 + x / WIDTH)
        points.append((x, max(170, height)))
    canvas.shape([(0, HEIGHT), *points, (WIDTH, HEIGHT)], colour=canvas.accent, alpha=62)
    canvas.line(points, colour=canvas.accent, width=44)
    canvas.blur(26)
    canvas.line(points, colour=canvas.light, width=15)
    canvas.glow(points[-6], 300, colour=canvas.light, strength=0.9)
    canvas.disc(points[-6], 34, colour=(255, 255, 255))


def draw_shelves(canvas: Canvas) -> None:
    """Draw coloured book spines on shelves."""
    canvas.sky(canvas.middle, blend(canvas.middle, canvas.dark, 0.6))
    tones = [canvas.light, canvas.accent, canvas.dark, blend(canvas.accent, canvas.light, 0.5), canvas.middle]
    for shelf in range(3):
        floor, x = 440 + shelf * 440, 40.0
        while x < WIDTH - 60:
            width, height = canvas.random.uniform(38, 96), canvas.random.uniform(230, 370)
            lean = canvas.random.choice([0, 0, 0, 0, 0, 34])
            spine = [(x, floor), (x + lean, floor - height), (x + lean + width, floor - height), (x + width, floor)]
            tone = canvas.random.choice(tones)
            canvas.shape(spine, colour=tone)
            for band in (0.16, 0.24, 0.8):
                left, y = x + lean * band, floor - height * band
                canvas.line([(left + 8, y), (left + width - 8, y)], colour=blend(tone, canvas.light, 0.6), width=6)
            x += width + lean + canvas.random.choice([4, 4, 4, 4, 4, 90])
        canvas.pen.rectangle((0, floor, WIDTH, floor + 30), fill=canvas.dark)
    canvas.glow((WIDTH * 0.72, 120), 1100, colour=canvas.light, strength=0.3)


MOTIFS: dict[str, Callable[[Canvas], None]] = {
    "sea": draw_sea,
    "rails": draw_rails,
    "waves": draw_waves,
    "bars": draw_bars,
    "cells": draw_cells,
    "chart": draw_chart,
    "shelves": draw_shelves,
}
