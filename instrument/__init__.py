"""eigenwalk: a random walk on a manifold learnt from music, played live over MIDI."""

__version__ = "0.1.0"
