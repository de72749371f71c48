"""More motifs of the newsroom's illustrations: landscapes, lights and figures. See ``newsroom_motifs``."""

import math
from collections.abc import Callable

from syndicator.sandbox.newsroom.motifs import HEIGHT, WIDTH, Canvas, Point, blend


def draw_bridge(canvas: Canvas) -> None:
    """Draw a half-open swing bridge in fog."""
    canvas.sky(canvas.middle, canvas.accent, canvas.light)
    canvas.glow((700, 420), 620, colour=canvas.light, strength=0.8)
    canvas.shape(canvas.ridge(700, 110), colour=blend(canvas.accent, canvas.middle, 0.4), alpha=160)
    canvas.shape([(0, 980), (WIDTH, 980), (WIDTH, HEIGHT), (0, HEIGHT)], colour=blend(canvas.dark, canvas.middle, 0.4))
    for pier in (420, 1980):
        canvas.shape([(pier - 70, HEIGHT), (pier - 50, 640), (pier + 50, 640), (pier + 70, HEIGHT)], colour=canvas.dark)
    for left, right, tilt in ((-20, 1060, -210), (2420, 1340, -90)):
        deck = [(left, 800), (right, 800 + tilt), (right, 850 + tilt), (left, 860)]
        canvas.shape(deck, colour=canvas.dark)
        tower: Point = (420 if left < 0 else 1980, 300)
        canvas.line([(tower[0], 860), tower], colour=canvas.dark, width=34)
        for n in range(1, 8):
            share = n / 8
            foot = (left + (right - left) * share, 800 + tilt * share)
            canvas.line([tower, foot], colour=canvas.dark, alpha=220, width=7)
    for row in range(14):
        y, x = 1010 + row * 26, canvas.random.uniform(0, WIDTH - 700)
        canvas.line([(x, y), (x + canvas.random.uniform(200, 700), y)], colour=canvas.light, alpha=70, width=6)


def draw_sun(canvas: Canvas) -> None:
    """Draw a large striped sun over a calm sea with a small boat."""
    canvas.sky(canvas.dark, canvas.middle, canvas.light)
    canvas.glow((1500, 640), 1000, colour=canvas.accent, strength=0.55)
    canvas.disc((1500, 640), 430, colour=canvas.accent)
    canvas.disc((1500, 640), 330, colour=blend(canvas.accent, canvas.light, 0.45))
    canvas.pen.rectangle((0, 800, WIDTH, HEIGHT), fill=canvas.middle)
    for n in range(9):
        y, half = 830 + n * 58, 420 - n * 26
        canvas.line([(1500 - half, y), (1500 + half, y)], colour=canvas.accent, alpha=220 - n * 14, width=22)
    hull = [(420, 830), (980, 830), (900, 930), (500, 930)]
    canvas.shape(hull, colour=canvas.dark)
    canvas.shape([(470, 770), (930, 740), (930, 756), (470, 786)], colour=canvas.light)
    for x in (520, 660, 800, 900):
        canvas.line([(x, 830), (x, 764)], colour=canvas.dark, width=12)
    for n in range(6):
        y = 960 + n * 66
        canvas.line([(430 + n * 20, y), (960 - n * 30, y)], colour=canvas.dark, alpha=150 - n * 20, width=14)


def draw_network(canvas: Canvas) -> None:
    """Draw lines and round stations like a map without names."""
    canvas.sky(canvas.dark, canvas.middle)
    tones = [
        canvas.accent,
        canvas.light,
        blend(canvas.accent, canvas.dark, 0.35),
        blend(canvas.light, canvas.accent, 0.5),
    ]
    stops: list[Point] = []
    for n, tone in enumerate([*tones, *tones]):
        y = 120 + n * 155
        points: list[Point] = [(-60, y)]
        x = -60.0
        while x < WIDTH + 60:
            step, climb = canvas.random.choice([260, 340, 420]), canvas.random.choice([-155, 0, 0, 155])
            points += [(x + step - abs(climb), points[-1][1]), (x + step, points[-1][1] + climb)]
            x += step
        canvas.line(points, colour=tone, width=26)
        stops += points[1:-1:2]
    for stop in stops:
        canvas.disc(stop, 32, colour=canvas.dark)
        canvas.ring(stop, 32, colour=(255, 255, 255), width=12)
    canvas.glow((WIDTH * 0.62, HEIGHT * 0.42), 620, colour=canvas.light, strength=0.28)


def draw_mountains(canvas: Canvas) -> None:
    """Draw mountain layers rising out of fog."""
    canvas.sky(canvas.middle, canvas.light, canvas.accent)
    canvas.disc((620, 360), 130, colour=canvas.light)
    canvas.glow((620, 360), 620, colour=canvas.light, strength=0.7)
    for layer in range(6):
        share = layer / 5
        outline = canvas.ridge(560 + layer * 140, 250 - layer * 18, rough=1.6)
        canvas.shape(outline, colour=blend(canvas.accent, canvas.dark, 0.2 + share * 0.8))
        for n in range(5):
            at = (canvas.random.uniform(0, WIDTH), 760 + layer * 130 + n * 14)
            canvas.glow(at, 420, colour=canvas.light, strength=0.2 - share * 0.12)


def draw_fields(canvas: Canvas) -> None:
    """Draw terraces of fields under a pale sun."""
    canvas.sky(canvas.light, blend(canvas.light, canvas.accent, 0.5))
    canvas.glow((1760, 270), 560, colour=(255, 255, 255), strength=0.9)
    canvas.disc((1760, 270), 140, colour=blend(canvas.light, (255, 214, 102), 0.75))
    tones = [canvas.accent, canvas.middle, blend(canvas.middle, canvas.accent, 0.5), canvas.dark]
    for layer in range(9):
        outline = canvas.ridge(430 + layer * 105, 80)
        tone = tones[layer % 4]
        canvas.shape(outline, colour=tone)
        for n in range(1, 4):
            furrow = [(x, y + n * 26) for x, y in outline[1:-1]]
            canvas.line(furrow, colour=blend(tone, canvas.light, 0.35), alpha=130, width=5)


def draw_orbits(canvas: Canvas) -> None:
    """Draw thin orbits around a bright point."""
    canvas.sky(canvas.dark, blend(canvas.dark, canvas.middle, 0.7))
    centre: Point = (1540, 600)
    for _ in range(260):
        at = canvas.random.uniform(0, WIDTH), canvas.random.uniform(0, HEIGHT)
        canvas.disc(at, canvas.random.uniform(1, 5), colour=canvas.light, alpha=canvas.random.randint(60, 220))
    canvas.glow(centre, 860, colour=canvas.accent, strength=0.6)
    for n in range(1, 10):
        wide, tall = 150 + n * 150, 62 + n * 64
        box = (centre[0] - wide, centre[1] - tall, centre[0] + wide, centre[1] + tall)
        canvas.pen.ellipse(box, outline=(*blend(canvas.accent, canvas.light, n / 10), 190), width=5)
        turn = canvas.random.uniform(0, 2 * math.pi)
        planet = centre[0] + wide * math.cos(turn), centre[1] + tall * math.sin(turn)
        canvas.disc(planet, canvas.random.uniform(14, 44), colour=canvas.light if n % 2 else canvas.accent)
    canvas.glow(centre, 300, colour=canvas.light)
    canvas.disc(centre, 74, colour=(255, 255, 255))


def draw_circles(canvas: Canvas) -> None:
    """Draw overlapping translucent circles in a round."""
    canvas.sky(canvas.light, canvas.accent)
    for count, distance, radius, alpha in ((6, 210, 250, 90), (12, 430, 190, 105), (20, 640, 120, 125)):
        for n in range(count):
            turn = n / count * 2 * math.pi + distance
            at = WIDTH / 2 + distance * 1.45 * math.cos(turn), HEIGHT / 2 + distance * math.sin(turn)
            canvas.disc(at, radius, colour=canvas.dark if n % 3 == 0 else canvas.middle, alpha=alpha)
            canvas.ring(at, radius, colour=canvas.light, alpha=150, width=4)
    canvas.disc((WIDTH / 2, HEIGHT / 2), 120, colour=canvas.light)


def draw_aurora(canvas: Canvas) -> None:
    """Draw curtains of light under a dark dome."""
    canvas.sky(canvas.dark, canvas.middle, canvas.dark)
    for n in range(46):
        x = n * 54 + canvas.random.uniform(-20, 20)
        top, foot = 130 + 120 * math.sin(n / 5), 820 + 160 * math.sin(n / 4 + 1)
        tone = blend(canvas.accent, canvas.light, canvas.random.random())
        canvas.shape([(x, top), (x + 40, top - 30), (x + 66, foot), (x - 30, foot + 40)], colour=tone, alpha=58)
    canvas.blur(16)
    for n in range(9):
        at = (WIDTH / 2 + (n - 4) * 235, 420 - 26 * abs(n - 4))
        canvas.line([(at[0], 0), at], colour=canvas.dark, alpha=190, width=6)
        canvas.glow(at, 190, colour=canvas.light, strength=0.85)
        canvas.disc(at, 32, colour=canvas.light)
    for n in range(30):
        x, size = n * 84 + canvas.random.uniform(-18, 18), canvas.random.uniform(44, 66)
        canvas.disc((x, 1180 - size), size * 0.62, colour=canvas.dark)
        canvas.shape(
            [(x - size, HEIGHT), (x - size * 0.8, 1190), (x + size * 0.8, 1190), (x + size, HEIGHT)], colour=canvas.dark
        )


SCENES: dict[str, Callable[[Canvas], None]] = {
    "bridge": draw_bridge,
    "sun": draw_sun,
    "network": draw_network,
    "mountains": draw_mountains,
    "fields": draw_fields,
    "orbits": draw_orbits,
    "circles": draw_circles,
    "aurora": draw_aurora,
}
