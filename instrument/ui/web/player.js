// Player: turns segments into sounding notes, in time. In: a way to get the next step. Out: notes to Sound, and each
// step to the page when it is heard. Times are seconds of the audio clock; ticks are 1/480 of a quarter note.

const PPQN = 480, AHEAD_S = 0.15, HIDDEN_AHEAD_S = 2.5, LOOK_MS = 40;

class Player {
  constructor(sound, model, tempo) {
    Object.assign(this, { sound, model, tempo });
    this.held = new Map(); // "voice pitch" -> a voice that sounds and when it ends
    this.queue = []; // steps decided but not yet heard
    this.timer = null;
  }

  get playing() {
    return this.timer !== null;
  }

  tickSeconds() {
    return 60 / (this.tempo() * PPQN);
  }

  // advance() decides a step and returns it, with `segment` and `stayed`; heard(step) is called as it sounds
  play(advance, heard) {
    this.stop();
    this.sound.wake();
    this.next = this.sound.now + 0.08;
    Object.assign(this, { advance, heard });
    this.timer = setInterval(() => this.look(), LOOK_MS);
    this.look();
    this.follow();
  }

  look() {
    const ahead = document.hidden ? HIDDEN_AHEAD_S : AHEAD_S; // a hidden page is woken once a second
    if (this.next < this.sound.now) this.next = this.sound.now + 0.05; // the machine slept
    while (this.next < this.sound.now + ahead) {
      const step = this.advance();
      this.segment(step.segment, this.next, !step.stayed);
      this.queue.push({ at: this.next, step });
      this.next += this.model.hop * this.tickSeconds();
    }
  }

  follow() {
    if (!this.playing) return;
    while (this.queue.length && this.queue[0].at <= this.sound.now) this.heard(this.queue.shift().step);
    requestAnimationFrame(() => this.follow());
  }

  // one segment from `time` on; at a seam what is held is tied where the segment holds the same pitch, else cut
  segment(i, time, seam) {
    const notes = this.model.notes(i), tick = this.tickSeconds();
    if (seam) this.join(notes, time, tick);
    for (const note of notes) {
      const key = `${note.voice} ${note.pitch}`, ends = time + (note.onset + note.duration) * tick;
      if (note.onset < 0 && (!seam || this.held.has(key))) continue;
      const at = time + Math.max(0, note.onset) * tick;
      this.held.get(key)?.voice.cut(at);
      const voice = this.strike(note, at);
      voice.release(ends);
      this.held.set(key, { voice, ends });
    }
    for (const [key, { ends }] of this.held) if (ends <= time) this.held.delete(key);
  }

  join(notes, time, tick) {
    const goOn = new Map(notes.filter((n) => n.onset < 0).map((n) => [`${n.voice} ${n.pitch}`, n]));
    for (const [key, { voice, ends }] of this.held) {
      const note = goOn.get(key);
      if (ends <= time) this.held.delete(key);
      else if (note) {
        const until = time + (note.onset + note.duration) * tick;
        voice.release(until);
        this.held.set(key, { voice, ends: until });
      } else {
        voice.cut(time);
        this.held.delete(key);
      }
    }
  }

  strike(note, at) {
    const drums = this.model.drums.includes(note.voice);
    const program = Math.max(0, this.model.programs[note.voice] ?? 0);
    return this.sound.note(drums ? DRUM_CHANNEL : note.voice, program, note.pitch, note.velocity, at);
  }

  // one segment by itself, now
  audition(i) {
    this.stop();
    this.sound.wake();
    this.segment(i, this.sound.now + 0.03, true);
  }

  stop() {
    clearInterval(this.timer);
    this.timer = null;
    this.queue = [];
    for (const { voice } of this.held.values()) voice.cut(this.sound.now);
    this.held.clear();
  }
}
