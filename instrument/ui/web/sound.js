// Sound: voices made of sines, by additive synthesis and FM; no samples. In: notes with a time. Out: what is heard.
// Times are seconds of the audio clock. One voice a General MIDI family is enough to tell the parts apart.

// partials: strength of each harmonic; fm: [ratio, index, seconds its brightness lasts]; env: attack, decay, sustain, release
const FAMILIES = [
  { name: "piano", partials: [1, 0.4, 0.2, 0.1, 0.05], fm: [1, 1.6, 0.25], env: [0.003, 0.7, 0.12, 0.18], level: 0.9 },
  { name: "bells", partials: [1, 0.1], fm: [3.5, 2.2, 0.5], env: [0.002, 0.9, 0, 0.5], level: 0.8 },
  { name: "organ", partials: [1, 0.8, 0.35, 0.5, 0.1, 0.2, 0, 0.25], env: [0.02, 0.1, 0.9, 0.06], level: 0.5 },
  { name: "guitar", partials: [1, 0.6, 0.35, 0.2, 0.12, 0.06], fm: [2, 0.8, 0.1], env: [0.003, 0.5, 0.1, 0.12], level: 0.8 },
  { name: "bass", partials: [1, 0.7, 0.3, 0.12, 0.05], fm: [1, 0.9, 0.15], env: [0.005, 0.5, 0.4, 0.08], level: 1 },
  { name: "strings", partials: [1, 0.55, 0.4, 0.25, 0.2, 0.12, 0.09], env: [0.06, 0.2, 0.85, 0.16], level: 0.5, vibrato: 5 },
  { name: "choir", partials: [1, 0.35, 0.28, 0.12, 0.04], env: [0.08, 0.2, 0.85, 0.2], level: 0.6, vibrato: 5 },
  { name: "brass", partials: [1, 0.8, 0.65, 0.45, 0.3, 0.18, 0.1], fm: [1, 0.6, 0.15], env: [0.03, 0.2, 0.8, 0.08], level: 0.45 },
  { name: "reed", partials: [1, 0.15, 0.6, 0.1, 0.35, 0.06, 0.15], env: [0.025, 0.1, 0.85, 0.07], level: 0.5, vibrato: 4 },
  { name: "pipe", partials: [1, 0.18, 0.08, 0.02], env: [0.04, 0.1, 0.9, 0.08], level: 0.75, vibrato: 4 },
  { name: "lead", partials: [1, 0.5, 0.33, 0.25, 0.2, 0.17], env: [0.01, 0.2, 0.7, 0.1], level: 0.45 },
];
const DRUM_CHANNEL = 9, SILENT = 0.0001;

class Sound {
  constructor() {
    this.started = 0; // voices so far: the page's tests read it
    this.context = null;
  }

  // a browser allows sound only from a click or key on; every way in calls this first
  wake() {
    if (!this.context) this.build();
    if (this.context.state === "suspended") this.context.resume();
    return this.context;
  }

  build() {
    const context = (this.context = new AudioContext({ latencyHint: "interactive" }));
    this.out = new GainNode(context, { gain: 0.35 });
    const limit = new DynamicsCompressorNode(context, { threshold: -14, ratio: 8, attack: 0.003, release: 0.15 });
    const room = new ConvolverNode(context, { buffer: this.room(context) }), wet = new GainNode(context, { gain: 0.22 });
    this.out.connect(limit);
    this.out.connect(room).connect(wet).connect(limit);
    limit.connect(context.destination);
    this.noise = this.hiss(context, 1, () => 1);
    this.waves = FAMILIES.map(({ partials }) => {
      const imag = Float32Array.from([0, ...partials]);
      return context.createPeriodicWave(new Float32Array(imag.length), imag);
    });
  }

  hiss(context, seconds, shape) {
    const length = Math.round(seconds * context.sampleRate);
    const buffer = new AudioBuffer({ length, numberOfChannels: 2, sampleRate: context.sampleRate });
    for (let channel = 0, x = 22222; channel < 2; channel++) {
      const data = buffer.getChannelData(channel);
      for (let i = 0; i < length; i++) {
        x = (Math.imul(x, 1664525) + 1013904223) | 0;
        data[i] = (x / 2 ** 31) * shape(i / length);
      }
    }
    return buffer;
  }

  room(context) {
    return this.hiss(context, 1.6, (t) => (1 - t) ** 3 * 0.5);
  }

  get now() {
    return this.context.currentTime;
  }

  // starts a note; returns a voice whose `release(time)` ends it and may be called again with another time
  note(channel, program, pitch, velocity, time) {
    this.started++;
    return channel === DRUM_CHANNEL ? this.drum(pitch, velocity, time) : this.tone(program, pitch, velocity, time);
  }

  tone(program, pitch, velocity, time) {
    const index = Math.min(program >> 3, FAMILIES.length - 1), family = FAMILIES[index], c = this.context;
    const frequency = 440 * 2 ** ((pitch - 69) / 12), peak = family.level * (velocity / 127) ** 1.5;
    const [attack, decay, sustain, release] = family.env;
    const carrier = new OscillatorNode(c, { frequency, periodicWave: this.waves[index] });
    const amp = new GainNode(c, { gain: SILENT }), sources = [carrier];
    amp.gain.setValueAtTime(SILENT, time);
    amp.gain.linearRampToValueAtTime(peak, time + attack);
    amp.gain.setTargetAtTime(peak * sustain, time + attack, decay);
    if (family.fm) sources.push(this.modulate(carrier, frequency, family.fm, velocity, time));
    if (family.vibrato) sources.push(this.shake(carrier, family.vibrato));
    carrier.connect(amp).connect(this.out);
    return this.voice(sources, amp, time, release);
  }

  modulate(carrier, frequency, [ratio, index, lasts], velocity, time) {
    const modulator = new OscillatorNode(this.context, { frequency: frequency * ratio });
    const depth = new GainNode(this.context, { gain: 0 });
    depth.gain.setValueAtTime(frequency * ratio * index * (velocity / 127), time);
    depth.gain.setTargetAtTime(0, time, lasts);
    modulator.connect(depth).connect(carrier.frequency);
    return modulator;
  }

  shake(carrier, rate) {
    const slow = new OscillatorNode(this.context, { frequency: rate });
    const depth = new GainNode(this.context, { gain: 7 }); // cents
    slow.connect(depth).connect(carrier.detune);
    return slow;
  }

  drum(pitch, velocity, time) {
    const c = this.context, amp = new GainNode(c, { gain: SILENT }), peak = (velocity / 127) ** 1.5;
    const metal = [42, 44, 46, 49, 51, 52, 53, 55, 57, 59].includes(pitch), open = [46, 49, 52, 55, 57].includes(pitch);
    const deep = pitch < 37, lasts = metal ? (open ? 0.35 : 0.05) : deep ? 0.12 : 0.14;
    amp.gain.setValueAtTime(peak * (metal ? 0.35 : 1), time);
    amp.gain.setTargetAtTime(SILENT, time, lasts);
    const sources = [];
    if (!metal) {
      const low = deep ? 48 : pitch === 38 || pitch === 40 ? 180 : 60 + 4 * (pitch - 35);
      const body = new OscillatorNode(c, { frequency: low });
      body.frequency.setValueAtTime(low * 2.5, time);
      body.frequency.setTargetAtTime(low, time, 0.03);
      body.connect(amp);
      sources.push(body);
    }
    if (!deep) {
      const hiss = new AudioBufferSourceNode(c, { buffer: this.noise, loop: true });
      const filter = new BiquadFilterNode(c, { type: "highpass", frequency: metal ? 7000 : 1500 });
      hiss.connect(filter).connect(amp);
      sources.push(hiss);
    }
    amp.connect(this.out);
    const voice = this.voice(sources, amp, time, 0.05);
    voice.release(time + 5 * lasts);
    return { release() {}, cut: voice.release }; // a drum rings as long as it does
  }

  voice(sources, amp, time, release) {
    for (const source of sources) source.start(time);
    let ends = Infinity;
    const stop = (at) => {
      amp.gain.cancelScheduledValues(Math.min(at, ends));
      amp.gain.setTargetAtTime(0, at, release / 3);
      for (const source of sources) source.stop(at + 2 * release + 0.05);
      ends = at;
    };
    sources[0].onended = () => amp.disconnect();
    return { release: stop, cut: stop };
  }
}
