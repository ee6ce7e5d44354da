"""Music that performers play in tests of the ear."""

# a chord a beat, in C: tonic, subdominant, dominant, and the same by way of the relative minor
CADENCE = (
    (60, 64, 67),
    (60, 65, 69),
    (59, 62, 67),
    (60, 64, 67),
    (57, 60, 64),
    (57, 62, 65),
    (59, 65, 67),
    (60, 64, 72),
)
