"""What the quality benches share: excerpts of real music and of walks, and judges of how alike they are."""
