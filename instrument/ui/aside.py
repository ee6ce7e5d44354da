"""Keeps what libraries write to standard error off the screen while it is up, and shows it afterwards.

What flows in: the file descriptor 2, which C code writes to as well. What flows out: the same text, once the screen
is gone. A single line in between would scroll the terminal under a renderer that does not know of it.
"""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

MOST = 4000  # bytes that are shown afterwards


@contextmanager
def stderr_aside() -> Iterator[None]:
    """Within it, standard error goes to a file when it would go to a terminal."""
    if not os.isatty(2):
        yield
        return
    sys.stderr.flush()
    kept = os.dup(2)
    with tempfile.TemporaryFile() as file:
        os.dup2(file.fileno(), 2)
        try:
            yield
        finally:
            sys.stderr.flush()
            os.dup2(kept, 2)
            os.close(kept)
            file.seek(0)
            os.write(2, file.read(MOST))
