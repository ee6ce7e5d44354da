"""What `bench_timing` is made of: contestants, the screen beside them, and the figures."""
