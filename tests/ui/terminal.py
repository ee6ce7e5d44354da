"""A real terminal for tests: a program on a pseudo terminal (pexpect), its screen read back by an emulator (pyte)."""

import os
import re
import time
from collections.abc import Callable, Mapping, Sequence

import pexpect
import pyte

PATIENCE_S = 20.0  # a wait ends as soon as what it waits for is there
COLOURS = {"TERM": "xterm-256color", "COLORTERM": "truecolor"}


def understood(data: bytes) -> bytes:
    """`data` without the sequences that the emulator would print: private modes, and the cursor's shape."""
    return re.sub(rb"\x1b\[[>=?][0-9;]*[a-zA-Z]|\x1b\[[0-9]* q", b"", data)


class Terminal:
    """A running program and the screen that it drew."""

    def __init__(
        self, argv: Sequence[str], width: int = 80, height: int = 24, env: Mapping[str, str] | None = None
    ) -> None:
        kept = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "COLORTERM", "COLORFGBG", "TERM")}
        self.screen = pyte.Screen(width, height)
        self.stream = pyte.ByteStream(self.screen)
        self.raw = b""
        self.child = pexpect.spawn(
            argv[0], list(argv[1:]), dimensions=(height, width), env={**kept, **(COLOURS if env is None else env)}
        )

    @property
    def text(self) -> str:
        """What is on the screen, line by line."""
        return "\n".join(line.rstrip() for line in self.screen.display)

    def type(self, text: str) -> None:
        """Send `text` as hands do, a few characters at a time: more at once would be a paste."""
        for start in range(0, len(text), 4):
            self.send(text[start : start + 4])
            self.read(0.1)

    def read(self, seconds: float = 0.05) -> bool:
        """Take in what the program writes within `seconds`; whether there was anything."""
        try:
            data = self.child.read_nonblocking(1 << 16, seconds)
        except (pexpect.TIMEOUT, pexpect.EOF):
            return False
        self.raw += data
        self.stream.feed(understood(data))
        return True

    def settle(self) -> None:
        """Read to a pause between two frames."""
        while self.read(0.015):
            pass

    def wait(self, wanted: str | Callable[[str], object]) -> str:
        """Read until the text `wanted` (or a condition on the text) is on the screen; returns it all."""
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            self.read()
            text = self.text
            if wanted in text if isinstance(wanted, str) else wanted(text):
                return text
            if not self.child.isalive():
                self.read()
                text = self.text
                if wanted in text if isinstance(wanted, str) else wanted(text):
                    return text
                raise AssertionError(f"ended before {wanted!r} came:\n{text}")
        raise AssertionError(f"{wanted!r} never came:\n{self.text}")

    def send(self, keys: str) -> None:
        """Type."""
        self.child.send(keys)

    def mouse(self, x: int, y: int, button: int = 0, up: bool = False) -> None:
        """An SGR mouse report at cell (x, y): button 0 left, 32 left drag, 64 and 65 the wheel."""
        self.child.send(f"\x1b[<{button};{x + 1};{y + 1}{'m' if up else 'M'}")

    def resize(self, width: int, height: int) -> None:
        """Another size, as when a window is dragged."""
        self.screen.resize(height, width)
        self.child.setwinsize(height, width)

    def ended(self) -> int | None:
        """Read on until the program has gone; its exit status."""
        end = time.monotonic() + PATIENCE_S
        while self.child.isalive() and time.monotonic() < end:
            self.read()
        self.child.close(force=True)
        return self.child.exitstatus  # type: ignore[no-any-return]
