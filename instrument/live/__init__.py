"""The stage: the walk, its parts, the scheduler and the engine. Pure and deterministic, except the session."""
