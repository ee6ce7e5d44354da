"""Hands on the map: a click teleports, a drag steers, the right button glides, the wheel zooms.

What flows in: mouse events within the map. What flows out: commands, through ScreenState. Keeps the one thing that
lasts longer than an event: whether a press has become a drag.
"""

from prompt_toolkit.mouse_events import MouseButton, MouseEvent, MouseEventType

from instrument.ui.canvas import Gesture
from instrument.ui.map import Map
from instrument.ui.state import ScreenState
from instrument.ui.view import Frame

ZOOM_STEP = 1.25


def on_map(state: ScreenState, picture: Map, frame: Frame) -> Gesture:
    """The gesture for a map seen through `frame`."""

    def gesture(event: MouseEvent, column: int, row: int) -> None:
        x, y = frame.point(column, row)
        match event.event_type:
            case MouseEventType.SCROLL_UP:
                state.view = state.view.zoomed(ZOOM_STEP, x, y)
            case MouseEventType.SCROLL_DOWN:
                state.view = state.view.zoomed(1 / ZOOM_STEP, x, y)
            case MouseEventType.MOUSE_MOVE if event.button is MouseButton.LEFT:
                state.dragging = True
                state.do("steer", *picture.lies_at(x, y))
            case MouseEventType.MOUSE_DOWN:
                state.dragging = False
                if event.button is MouseButton.RIGHT:
                    state.do("glide", "{:.3f},{:.3f}".format(*picture.lies_at(x, y)))
            case MouseEventType.MOUSE_UP if state.dragging:
                state.dragging = False
                state.do("release")
            case MouseEventType.MOUSE_UP if event.button is MouseButton.LEFT:
                state.do("teleport", *picture.lies_at(x, y))

    return gesture
