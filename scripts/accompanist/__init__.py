"""What bench_accompanist is made of: performers, duets of a performer and the engine, and their measures."""
