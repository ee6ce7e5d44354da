"""Landmarks (live room): a coarse map of the ways through a preset's manifold.

What flows in: the embedding, (N, D). What flows out: ways, as points of it. Nothing is kept of where anybody walks.
"""

import heapq

import numpy as np
import numpy.typing as npt

Points = npt.NDArray[np.float32]


class Landmarks:
    """Some segments spread over the corpus, each joined to its nearest in the embedding: a coarse map of the ways."""

    COUNT, JOINED = 192, 6

    def __init__(self, embedding: Points) -> None:
        rows = np.unique(np.linspace(0, len(embedding) - 1, self.COUNT).astype(np.int64))
        self._points = embedding[rows]
        apart = np.sqrt(((self._points[:, None] - self._points[None]) ** 2).sum(2))
        near = np.argsort(apart, axis=1, kind="stable")[:, 1 : self.JOINED + 1]
        self._joined: list[dict[int, float]] = [{} for _ in rows]
        for a, row in enumerate(near.tolist()):
            for b in row:
                self._joined[a][b] = self._joined[b][a] = float(apart[a, b])

    def way(self, start: Points, end: Points) -> list[Points]:
        """Landmarks between two points of the embedding; none where no way leads (Dijkstra 1959)."""
        a, b = (int(((self._points - point) ** 2).sum(1).argmin()) for point in (start, end))
        came: dict[int, int] = {}
        done: set[int] = set()
        heap = [(0.0, a, a)]
        while heap and b not in done:
            length, here, before = heapq.heappop(heap)
            if here in done:
                continue
            done.add(here)
            came[here] = before
            for there, more in self._joined[here].items():
                heapq.heappush(heap, (length + more, there, here))
        if b not in came:
            return []
        found = [b]
        while found[-1] != a:
            found.append(came[found[-1]])
        return [self._points[index] for index in reversed(found)]
