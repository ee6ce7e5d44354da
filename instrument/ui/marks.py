"""What moves on the map: trails, candidates, bookmarks, targets, and each walk's place.

What flows in: the map, a frame to see it through, the parts' status. What flows out: a few hundred cells over the
ground. Later marks lie over earlier ones: labels, trails, candidates, targets, places.
"""

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

from instrument.messages import PartStatus
from instrument.ui import braille
from instrument.ui.canvas import Canvas, Rect, cell, clip
from instrument.ui.map import Map
from instrument.ui.palette import FADES, HUES, PARTS
from instrument.ui.view import Frame, View

TRAIL = 24  # steps of a walk that are shown
LEAPS = 8  # and of leaps, which would cover the map
NEAR_DOTS = 12  # a step longer than this is a leap, drawn dotted
WEIGHTS = "·∘○●"  # a candidate's probability: below .1, .2, .3, and above
_DOT = ((1, 8), (2, 16), (4, 32), (64, 128))
Dot = tuple[float, float]
Numbered = Sequence[tuple[int, PartStatus]]


class Marks:
    """One frame's marks: the canvas and the window on it, told to every mark once."""

    def __init__(self, canvas: Canvas, rect: Rect, picture: Map, view: View) -> None:
        self.canvas, self.rect, self.picture = canvas, rect, picture
        self.frame = Frame(view, rect.width, rect.height)

    def put(self, column: int, row: int, text: str, style: str) -> None:
        """Write text at a cell of the map, moved so far that all of it is on the map."""
        if 0 <= row < self.rect.height and 0 <= column < self.rect.width:
            left = max(0, min(self.rect.width - len(text), column))
            self.canvas.put(self.rect.x + left, self.rect.y + row, text, style)

    def dots(self, segments: Sequence[int]) -> tuple[braille.Numbers, braille.Numbers]:
        """Dots of segments; one that the preset does not have (it was just switched) is left out."""
        known = [segment for segment in segments if 0 <= segment < len(self.picture.points)]
        return self.frame.dots(self.picture.points[known])

    def cells(self, segments: Sequence[int]) -> list[tuple[int, int]]:
        """Columns and rows of segments."""
        x, y = self.dots(segments)
        return list(zip((x // 2).astype(int).tolist(), (y // 4).astype(int).tolist(), strict=True))


def draw(canvas: Canvas, rect: Rect, picture: Map, view: View, parts: Numbered) -> None:
    """The ground, and each walk (its number from 0, its status) over it."""
    marks = Marks(canvas, rect, picture, view)
    canvas.paste(rect.x, rect.y, picture.ground(marks.frame))
    for number, part in parts:
        _trail(marks, number % PARTS, part.trail[-TRAIL:])
    for region, name, column, row in picture.label_places(marks.frame):
        text = f" {clip(name, max(4, rect.width // 4))} "
        marks.put(column - len(text) // 2, row, text, f"name{region % HUES}")
    for number, part in parts:
        _candidates(marks, number % PARTS, part)
    for _, part in parts:
        _targets(marks, part)
        _heard(marks, part)
    _places(marks, parts)


def _trail(marks: Marks, number: int, trail: Sequence[int]) -> None:
    """Lines from step to step, the newest brightest."""
    pattern: dict[tuple[int, int], tuple[int, int]] = {}  # cell: age, braille pattern
    x, y = marks.dots(trail)
    for age, i in enumerate(range(len(x) - 1, 0, -1)):
        leap = max(abs(x[i] - x[i - 1]), abs(y[i] - y[i - 1])) > NEAR_DOTS
        if leap and age >= LEAPS:
            continue
        fade = min(FADES - 1, age * FADES // TRAIL)
        _line(marks, pattern, fade, (x[i - 1], y[i - 1], x[i], y[i]), 2 if leap else 1)
    _show(marks, pattern, [f"trail{number}-{fade}" for fade in range(FADES)])


def _line(
    marks: Marks,
    pattern: dict[tuple[int, int], tuple[int, int]],
    fade: int,
    ends: tuple[float, float, float, float],
    every: int,
) -> None:
    xs, ys = braille.line(*ends, every)
    for column, row in zip(np.floor(xs).astype(int).tolist(), np.floor(ys).astype(int).tolist(), strict=True):
        if 0 <= column < 2 * marks.rect.width and 0 <= row < 4 * marks.rect.height:
            place = column // 2, row // 4
            newest, bits = pattern.get(place, (fade, 0))
            pattern[place] = newest, bits | _DOT[row % 4][column % 2]


def _show(marks: Marks, pattern: dict[tuple[int, int], tuple[int, int]], styles: Sequence[str]) -> None:
    for (column, row), (fade, bits) in pattern.items():
        mark = cell(chr(braille.FIRST + bits), styles[fade])
        marks.canvas.rows[marks.rect.y + row][marks.rect.x + column] = mark


def _candidates(marks: Marks, number: int, part: PartStatus) -> None:
    choices = sorted(part.candidates, key=lambda choice: choice[1])
    places = marks.cells([segment for segment, _ in choices])
    for (_, weight), place in zip(choices, places, strict=False):
        marks.put(*place, WEIGHTS[min(3, int(weight * 10))], f"candidate{number}")


def _targets(marks: Marks, part: PartStatus) -> None:
    """Bookmarks as letters; where a glide leads, with the way there; where the walk is made to lean."""
    for letter, segment in part.bookmarks.items():
        for place in marks.cells([segment]):
            marks.put(*place, letter, "bookmark")
    for way in _ways(marks, part):
        pattern: dict[tuple[int, int], tuple[int, int]] = {}
        for start, end in pairwise(way):
            _line(marks, pattern, 0, (*start, *end), 4)
        _show(marks, pattern, ["target"])
        x, y = way[-1]
        marks.put(int(x // 2), int(y // 4), "◎", "target")


def _ways(marks: Marks, part: PartStatus) -> Iterator[list[Dot]]:
    """From the walk's place to where it is led: a glide by the places of its way that are still before it."""
    here = _dots(marks, [part.segment])
    if part.glide_to and (goal := _dots(marks, [part.glide_segment])):
        way = [*_dots(marks, part.glide_way), *goal]
        nearest = min(range(len(way)), key=lambda i: math.dist(way[i], here[0])) if here else 0
        yield [*here, *(way[nearest + 1 :] or goal)]
    if len(part.steer) >= 2:
        x, y = marks.frame.dots(marks.picture.shown_at(*part.steer[:2]))
        yield [*here, (float(x[0]), float(y[0]))]


def _dots(marks: Marks, segments: Sequence[int]) -> list[Dot]:
    x, y = marks.dots(segments)
    return list(zip(x.tolist(), y.tolist(), strict=True))


def _heard(marks: Marks, part: PartStatus) -> None:
    """Where the performer is: the harder the pull, the fuller the mark."""
    if len(part.heard_at) >= 2:
        x, y = marks.frame.dots(marks.picture.shown_at(*part.heard_at[:2]))
        marks.put(int(x[0] // 2) - 1, int(y[0] // 4), " ♫ " if part.pull > 0.5 else " ♪ ", "heard")


def _places(marks: Marks, parts: Numbered) -> None:
    """Each part's number on its place; beside it where another part's number stands already."""
    taken: set[tuple[int, int]] = set()
    for number, part in parts:
        for wanted, row in marks.cells([part.segment]):
            column = wanted
            while any(row == r and abs(column - c) < 3 for c, r in taken):
                column += 3
            taken.add((column, row))
            if 0 <= column < marks.rect.width:
                marks.put(max(0, column - 1), row, f" {number + 1} ", f"place{number % PARTS}")
