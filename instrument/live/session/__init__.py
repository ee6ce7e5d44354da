"""The session: the one place of the stage with threads, processes and a wall clock.

`process` is the screen's handle on the engine's process; `pipe` is that process's end of the line; `clock` drives an
engine by the wall clock and sends what falls due; `realtime` asks the system for punctuality. Nothing here decides
anything musical.
"""
