"""The manifold is found: a circle comes out as a circle, a grid as a grid; the map keeps neighbours."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from instrument.fit.embedding import interpolate, laplacian_eigenmap
from instrument.fit.graph import affinity, distinct, giant, neighbours
from instrument.fit.layout import lay_out
from instrument.fit.report import faithfulness
from instrument.fit.segments import Floats


def circle(count: int = 400) -> tuple[Floats, Floats]:
    angle = np.sort(np.random.default_rng(1).uniform(0, 2 * np.pi, count))
    turned = np.linalg.qr(np.random.default_rng(2).standard_normal((8, 8)))[0][:, :2]
    return angle.astype(np.float32), (np.c_[np.cos(angle), np.sin(angle)] @ turned.T).astype(np.float32)


def embed(points: Floats, dimensions: int) -> tuple[Floats, Floats]:
    graph = affinity(*neighbours(points, 10), kth=7)
    return laplacian_eigenmap(points, graph, dimensions)


def test_a_circle_is_recovered() -> None:
    angle, points = circle()
    place, eigenvalue = embed(points, 2)
    found = np.unwrap(np.arctan2(place[:, 1], place[:, 0]))
    assert abs(spearmanr(found, angle)[0]) > 0.99
    assert eigenvalue[0] == pytest.approx(eigenvalue[1], abs=0.01)  # sine and cosine of one frequency


def test_a_grid_is_recovered() -> None:
    rows, columns = (axis.ravel().astype(np.float32) for axis in np.meshgrid(np.arange(40), np.arange(12)))
    points = np.c_[rows, columns, np.zeros_like(rows)]
    points += np.random.default_rng(3).uniform(-0.2, 0.2, points.shape).astype(np.float32)
    place, _ = embed(points, 8)
    assert abs(spearmanr(place[:, 0], rows)[0]) > 0.98  # the slowest mode runs along the long side
    assert max(abs(spearmanr(column, columns)[0]) for column in place.T) > 0.9
    assert faithfulness(points, place).trustworthiness > 0.98


def test_islands_are_placed_beside_what_they_resemble() -> None:
    _, points = circle()
    away = np.linalg.svd(points)[2][-1] * 5  # out of the plane that the circle lies in
    island = (points[100] + away).astype(np.float32)
    crowd = island + np.random.default_rng(4).uniform(-0.01, 0.01, (12, 8)).astype(np.float32)
    everything = np.concatenate([points, crowd])
    graph = affinity(*neighbours(everything, 10), kth=7)
    assert giant(graph)[1] == 2
    place, _ = laplacian_eigenmap(everything, graph, 2)
    nearest = np.linalg.norm(place[:400] - place[405], axis=1).argmin()
    assert np.linalg.norm(points[nearest] - points[100]) < 0.3


def test_two_embeddings_and_two_maps_are_bit_identical() -> None:
    _, points = circle()
    graph = affinity(*neighbours(points, 10), kth=7)
    first, second = (laplacian_eigenmap(points, graph, 4)[0] for _ in range(2))
    assert first.tobytes() == second.tobytes()
    assert lay_out(first, graph).tobytes() == lay_out(second, graph).tobytes()


def test_the_map_fits_the_screen_and_keeps_neighbours() -> None:
    draw = np.random.default_rng(5)
    points = draw.standard_normal((600, 4)).astype(np.float32)
    graph = affinity(*neighbours(points, 10), kth=7)
    place, _ = laplacian_eigenmap(points, graph, 6)
    flat = lay_out(place, graph)
    assert np.abs(flat).max() == 1
    assert faithfulness(points, flat).trustworthiness > 0.85


def test_equal_rows_become_one() -> None:
    points = np.repeat(np.eye(3, dtype=np.float32), 4, axis=0)
    rows, which = distinct(points)
    assert len(rows) == 3
    np.testing.assert_array_equal(rows[which], points)


def test_interpolation_follows_a_straight_line() -> None:
    known = np.arange(100, dtype=np.float32)[:, None]
    place = 2 * known.astype(np.float64) + 1
    new = np.array([[40.0], [50.5]], np.float32)
    np.testing.assert_allclose(interpolate(known, place, new), 2 * new + 1, atol=0.3)


def test_perfect_and_shuffled_places_score_one_and_half() -> None:
    points = np.random.default_rng(6).standard_normal((400, 5)).astype(np.float32)
    assert faithfulness(points, points) == (1, 1, 1)
    shuffled = faithfulness(points, points[np.random.default_rng(7).permutation(400)])
    assert shuffled.trustworthiness == pytest.approx(0.5, abs=0.05)
