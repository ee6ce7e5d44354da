"""Transport (live room): whether time moves, where it stands, how fast, and what has been given out so far.

What flows in: play, stop, locate, tempi. What flows out: outputs, gathered in `out`. It starts stopped; `tick` only
moves while it rolls and never goes back: to locate is to say which bar the standing tick is. It decides no step.
"""

from collections.abc import Sequence

from instrument.live.band import Band
from instrument.live.pace import Pace
from instrument.live.scheduler import Scheduler
from instrument.notes import ALL_NOTES_OFF, ALL_SOUND_OFF, DRUM_CHANNEL, Output, TempoChange, control_change

CLICK_DOWNBEAT, CLICK_BEAT, CLICK_TICKS = 76, 77, 60  # wood blocks among General MIDI's drums
CLICK_VELOCITY = 100


class Transport:
    """`end` is the tick at which it ends for good, `music` the tick at which the count-in is over."""

    def __init__(self, band: Band, scheduler: Scheduler, bpm: float, bars: int | None) -> None:
        self.tick = 0
        self.playing = False
        self.ended = False
        self.pace = Pace(bpm)
        self.music = 0
        self.end = None if bars is None else bars * band.metre.bar_ticks
        self.out: list[Output] = []
        self._band = band
        self._scheduler = scheduler
        self._told = 0.0  # the tempo that was given out last; 0: none yet

    def play(self, count_in: int) -> None:
        """Roll from the standing tick, after `count_in` bars of clicks."""
        if self.playing or self.ended:
            return
        self.playing = True
        if not self._told:
            for part in self._band:
                self._band.programs(part, self.tick)
        self.tell_tempo()
        for part in self._band:
            part.align(self.tick)
        if count_in:
            self._count(count_in)
        self.flush()

    def _count(self, bars: int) -> None:
        metre = self._band.metre
        ticks, beat = bars * metre.bar_ticks, metre.beat_ticks
        self._band.shift(ticks)
        self.music = self.tick + ticks
        self.end = None if self.end is None else self.end + ticks
        for number, tick in enumerate(range(self.tick, self.music, beat)):
            pitch = CLICK_BEAT if number % metre.beats else CLICK_DOWNBEAT
            index = self._band.first.index
            self._scheduler.note(tick, tick + CLICK_TICKS, DRUM_CHANNEL, pitch, CLICK_VELOCITY, index)

    def stop(self) -> None:
        """Stand still and release what sounds; a count-in is taken back."""
        self.release()
        self.playing = False
        if (rest := self.music - self.tick) > 0:
            self._band.shift(-rest)
            self.end = None if self.end is None else self.end - rest
            self.music = self.tick

    def finish(self) -> None:
        """Stop for good."""
        self.stop()
        self.ended = True

    def locate(self, bar: int, beat: float) -> None:
        """Say that the standing tick is so many bars and beats into the song, both from 1."""
        metre = self._band.metre
        self.release()
        self.music = self.tick
        self._band.locate(self.tick, (bar - 1) * metre.bar_ticks + round((beat - 1) * metre.beat_ticks))

    def panic(self) -> None:
        """Release what is owned, then silence every channel of every part by controllers 120 and 123."""
        self.release()
        for part in self._band:
            part.broken = True
            for channel in range(16):
                for controller in (ALL_SOUND_OFF, ALL_NOTES_OFF):
                    self.out.append(control_change(self.tick, channel, controller, 0, part.index))

    def release(self) -> None:
        """Note_offs for all that sounds; what was to sound is forgotten."""
        self._give(self._scheduler.release(self.tick))
        for part in self._band:
            part.broken = True

    def flush(self) -> None:
        """Give out what is due, rolling or not."""
        self._give(self._scheduler.pop(self.tick))

    def _give(self, outputs: Sequence[Output]) -> None:
        """To whoever plays it, and to the parts that follow whose it is; a count-in is nobody's music."""
        self.out += outputs
        if self.tick >= self.music:
            self._band.overhear(outputs)

    def tell_tempo(self) -> None:
        """Give out the tempo when it is another than before."""
        if self.pace.sounding != self._told:
            self._told = self.pace.sounding
            self._scheduler.put(TempoChange(self.tick, self._told))

    @property
    def started(self) -> bool:
        """Whether it has ever rolled."""
        return self._told > 0
