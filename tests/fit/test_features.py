import numpy as np
import pytest

from instrument.fit.blocks import onset_grid, tonal_vector, top_line
from instrument.fit.encode import encode
from instrument.fit.features import COMPONENTS, HOME_HARMONY_WEIGHT, HOME_RHYTHM_WEIGHT, describe, slow_mean
from instrument.fit.piece import Piece, note_table
from instrument.fit.segments import cut
from tests.fit.music import chorales

TONAL_WEIGHTS = np.array([2, 11, 17, 16, 19, 7])


def one(*rows: tuple[int, int, int]) -> Piece:
    return Piece("p", note_table([(on, length, pitch, 80, 0) for on, length, pitch in rows]))


def test_the_tonal_vector_is_the_weighted_spectrum_of_the_chroma() -> None:
    got = tonal_vector(cut([one((0, 480, 60), (240, 480, 67))], 480))[0]
    chroma = np.zeros(12)
    chroma[0], chroma[7] = 2 / 3, 1 / 3
    wanted = np.array([sum(c * np.exp(-2j * np.pi * k * p / 12) for p, c in enumerate(chroma)) for k in range(1, 7)])
    np.testing.assert_allclose(got, np.r_[(wanted * TONAL_WEIGHTS).real, (wanted * TONAL_WEIGHTS).imag], atol=1e-12)


def test_onsets_and_top_line_are_on_a_grid_of_sixteenths() -> None:
    segments = cut([one((0, 240, 60), (0, 480, 50), (240, 240, 48), (370, 100, 72))], 480)
    assert onset_grid(segments)[0].tolist() == [2, 0, 1, 1]
    assert top_line(segments)[0].tolist() == [60, 60, 50, 50]


def test_slow_means_stay_in_their_piece() -> None:
    segments = cut([one((0, 1440, 60)), one((0, 960, 60))], 480)
    values = np.array([[0.0], [3.0], [6.0], [10.0], [20.0]], np.float32)
    assert slow_mean(segments, values, 1).ravel().tolist() == [1.5, 3.0, 4.5, 15.0, 15.0]


def test_new_input_is_placed_where_its_segment_lies() -> None:
    segments, parts = encode(chorales(), 480)
    features = describe(segments, parts)
    assert features.vectors.shape == (len(segments), COMPONENTS)
    assert features.pca.shape == (len(features.mean), COMPONENTS)
    middle = 20  # its neighbours are in the same piece
    columns = [block[row] for row in (middle - 1, middle, middle + 1) for block in parts.values()]
    phase = 2 * np.pi * segments.metre_position[middle] / 4
    columns.append(np.array([np.cos(phase), np.sin(phase)]))
    register = parts["register"]
    near = np.c_[parts["tonal"], register[:, :3] / 6, register[:, 3:]]
    columns.append(near[middle - 8 : middle + 9].mean(0))
    vector = np.concatenate(columns)
    placed = (vector - features.mean) * features.weight @ features.pca
    np.testing.assert_allclose(placed, features.vectors[middle], atol=1e-3)


def test_each_block_of_the_context_has_its_share_of_the_variance() -> None:
    context = describe(*encode(chorales(), 480)).context
    variance = context.var(0)
    assert context.shape[1] == 26
    harmony, ends, rhythm = variance[:17], variance[17:19], variance[19:]
    assert harmony.sum() == pytest.approx(HOME_HARMONY_WEIGHT**2, rel=1e-3)
    assert ends == pytest.approx([1, 1], rel=1e-3)
    shares = rhythm[rhythm > 0]  # what a corpus never does has none
    assert shares == pytest.approx([HOME_RHYTHM_WEIGHT**2 / len(rhythm)] * len(shares), rel=1e-3)
    assert len(shares) > 1


def test_silence_and_one_note_give_finite_vectors() -> None:
    rests = [one(*[(at * 1440, 240, 60 + at % 3) for at in range(40)])]
    assert np.isfinite(describe(*encode(rests, 480)).vectors).all()
