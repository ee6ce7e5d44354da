import numpy as np

from instrument.fit.segments import Array, Floats
from instrument.fit.table import FAR, NEAR, POOL, SHARE, Kinds, candidate_table

SIZE = 1200


def corpus() -> tuple[np.ndarray[tuple[int, ...], np.dtype[np.float32]], Kinds]:
    draw = np.random.default_rng(1)
    vectors = draw.standard_normal((SIZE, 6)).astype(np.float32)
    content = np.arange(SIZE)
    content[1::10] = content[::10]  # every tenth has a twin
    vectors[1::10] = vectors[::10]
    return vectors, Kinds(content, np.arange(SIZE) // 40, np.arange(SIZE) % 4)


def test_near_candidates_keep_their_rules() -> None:
    vectors, kinds = corpus()
    table = candidate_table(vectors, kinds)
    assert table.candidates.shape == (SIZE, NEAR + FAR)
    for row in range(0, SIZE, 7):
        near = table.candidates[row, :NEAR]
        assert (kinds.place[table.candidates[row]] == kinds.place[row]).all()
        assert len(set(kinds.content[near])) == NEAR
        assert kinds.content[row] not in kinds.content[near]
        assert np.bincount(kinds.piece[near]).max() <= 4
        assert row not in table.candidates[row]


def test_rows_are_sorted_and_distances_true() -> None:
    vectors, kinds = corpus()
    table = candidate_table(vectors, kinds)
    assert (np.diff(table.distance, axis=1) >= 0).all()
    true = np.linalg.norm(vectors[table.candidates] - vectors[:, None], axis=2)
    np.testing.assert_allclose(table.distance, true, atol=1e-3)


def test_the_nearest_that_the_rules_allow_are_taken() -> None:
    vectors, kinds = corpus()
    table = candidate_table(vectors, kinds)
    for row in (0, 11, 500):
        apart = np.linalg.norm(vectors - vectors[row], axis=1)
        allowed = (kinds.place == kinds.place[row]) & (kinds.content != kinds.content[row])
        assert table.distance[row, 0] == np.float32(apart[allowed].min())


def test_the_near_are_the_best_joined_of_the_nearest() -> None:
    vectors, kinds = corpus()
    at_a_place = SIZE // 4
    pool = min(POOL, at_a_place // SHARE)
    assert pool > NEAR

    def odd_pieces_cost(rows: Array, found: Array) -> Floats:
        return np.where(kinds.piece[found] % 2, np.float32(100), np.float32(0))

    nearest, chosen = candidate_table(vectors, kinds), candidate_table(vectors, kinds, odd_pieces_cost)
    for row in range(0, SIZE, 13):
        apart = np.linalg.norm(vectors - vectors[row], axis=1)
        near = chosen.candidates[row, :NEAR]
        reach = np.sort(apart[(kinds.place == kinds.place[row]) & (kinds.content != kinds.content[row])])
        odd = (kinds.piece[near] % 2).mean()
        assert odd < (kinds.piece[nearest.candidates[row, :NEAR]] % 2).mean()
        assert apart[near].max() <= reach[2 * pool]  # rules refuse some; none comes from farther
        assert len(set(kinds.content[near])) == NEAR
    np.testing.assert_allclose(nearest.scale, chosen.scale)  # the scale is the place's own, whatever joins cost


def test_far_candidates_reach_the_middle_of_the_corpus() -> None:
    vectors, kinds = corpus()
    table = candidate_table(vectors, kinds)
    apart = np.linalg.norm(vectors - vectors[5], axis=1)
    rank = (apart < table.distance[5, -1]).mean()
    assert 0.4 < rank < 0.6


def test_a_corpus_too_small_for_the_rules_is_filled_with_true_distances() -> None:
    draw = np.random.default_rng(2)
    vectors = draw.standard_normal((80, 4)).astype(np.float32)
    kinds = Kinds(np.arange(80) % 3, np.zeros(80, int), np.arange(80) % 4)
    table = candidate_table(vectors, kinds)
    true = np.linalg.norm(vectors[table.candidates] - vectors[:, None], axis=2)
    np.testing.assert_allclose(table.distance, true, atol=1e-3)
    assert (table.scale > 0).all()
