// Walk: one step at a time, as instrument/live/walk.py takes it; energies of joins come ready from the page's data.
// In: a model, a state, controls, a draw. Out: the next state and the choice that led to it. Pure.

const MASK = (1n << 64n) - 1n, GAMMA = 0x9e3779b97f4a7c15n, SEED = 0xd1342543de82ef95n;
const BARRED = 1000; // energy of a region that is hidden
const LANE_CHOICE = 0n, LANE_END = 1n, LANE_START = 2n;

function mix(z) {
  z = ((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n) & MASK;
  z = ((z ^ (z >> 27n)) * 0x94d049bb133111ebn) & MASK;
  return z ^ (z >> 31n);
}

// random numbers of step n: SplitMix64's finaliser on a counter, the same numbers as the instrument draws
class Draw {
  constructor(seed, n = 0) {
    this.key = mix((BigInt(seed) * SEED + BigInt(n) * GAMMA) & MASK);
  }

  uniform(lane) {
    return Number(mix((this.key + lane * GAMMA) & MASK) >> 11n) * 2 ** -53;
  }

  pick(size, lane) {
    return Math.floor(this.uniform(lane) * size);
  }
}

class Walk {
  constructor(model) {
    this.model = model;
    this.allowed = () => true;
    const seen = new Set();
    this.openings = [];
    for (let i = 0; i < model.segments; i++) {
      if (model.place[i] === 0 && !seen.has(model.piece[i])) {
        seen.add(model.piece[i]);
        this.openings.push(i);
      }
    }
    if (!this.openings.length) this.openings.push(0);
  }

  start(draw, segment = null) {
    const open = this.openings.filter((i) => this.allowed(i));
    const from = open.length ? open : this.openings;
    const at = segment ?? from[draw.pick(from.length, LANE_START)];
    return { segment: at, home: this.context(at), recent: [this.model.content[at]], run: 0, place: this.model.place[at] };
  }

  context(i) {
    const m = this.model, C = m.contextColumns, out = new Float64Array(C);
    for (let c = 0; c < C; c++) out[c] = m.context[i * C + c] * m.contextScale;
    return out;
  }

  step(state, controls, draw) {
    const m = this.model, here = state.segment;
    const anchor = this.anchor(here, draw), now = this.context(here);
    const home = state.home.map((h, c) => h + m.homeRate * (now[c] - h));
    let weighed = this.weigh(state, home, anchor, controls);
    const sample = Math.round(controls.step * (m.stay.length - 1));
    const tooLong = m.follows[here] && state.run >= m.cap[sample];
    if (weighed.length > 1 && tooLong) weighed = weighed.slice(1);
    const least = Math.min(...weighed.map((w) => w.energy));
    let total = 0;
    for (const w of weighed) total += w.chance = Math.exp((least - w.energy) / controls.temperature);
    for (const w of weighed) w.chance /= total;
    const drawn = draw.uniform(LANE_CHOICE);
    let index = 0;
    for (let sum = weighed[0].chance; sum <= drawn && index < weighed.length - 1; sum += weighed[index].chance) index++;
    const segment = weighed[index].segment, goesOn = segment === m.successor(here);
    const next = {
      segment, home,
      recent: [...state.recent.slice(1 - m.taboo), m.content[segment]],
      run: goesOn ? state.run + 1 : 0,
      place: (state.place + 1) % m.stepsPerBar,
    };
    return [next, { from: here, anchor, segment, stayed: goesOn, weighed, draw: drawn }];
  }

  // the segment that follows; at a piece's end that of a near one, drawn
  anchor(here, draw) {
    const m = this.model;
    if (m.follows[here]) return here + 1;
    const near = [...m.candidates.subarray(here * m.width, here * m.width + m.near)].filter((i) => m.follows[i]);
    return near.length ? near[draw.pick(near.length, LANE_END)] + 1 : this.openings[draw.pick(this.openings.length, LANE_END)];
  }

  // the price of joining the candidate in column c of `anchor`: it lies in the row of the segment before the anchor
  join(anchor, c) {
    const m = this.model, before = anchor - 1;
    return before >= 0 && m.follows[before] ? m.join[before * m.width + c] * m.joinStep : m.plainJoin;
  }

  weigh(state, home, anchor, controls) {
    const m = this.model, K = m.width, k = Math.min(K, controls.neighbors);
    const wide = Math.max(0, (controls.step - m.defaultStep) / (1 - m.defaultStep));
    const first = Math.round(wide * (K - k)), far = m.distances(anchor);
    const sample = Math.round(controls.step * (m.stay.length - 1));
    const weighed = [this.cost(anchor, home, controls, 0, m.stay[sample], 0)];
    const due = (state.place + 1) % m.stepsPerBar, astray = (m.place[state.segment] + 1) % m.stepsPerBar !== due;
    let nearest = null;
    for (let c = first; c < first + k; c++) {
      const segment = m.candidates[anchor * K + c];
      if (state.recent.includes(m.content[segment])) continue;
      nearest ??= far[c];
      const near = 0.5 * Math.min(m.farCap, far[c] - nearest) ** 2;
      weighed.push(this.cost(segment, home, controls, far[c], near, this.join(anchor, c)));
    }
    if (astray) for (const w of weighed) this.pull(w, m.place[w.segment] === due ? 0 : m.offBeat); // back onto the bar line
    for (const w of weighed) this.pull(w, this.allowed(w.segment) ? 0 : BARRED);
    return weighed;
  }

  pull(weighed, energy) {
    weighed.pull += energy;
    weighed.energy += energy;
  }

  cost(segment, home, controls, distance, near, join) {
    const away = this.context(segment);
    let tether = 0;
    for (let c = 0; c < away.length; c++) tether += (away[c] - home[c]) ** 2;
    tether *= controls.home;
    return { segment, distance, near, join, tether, pull: 0, energy: near + join + tether, chance: 0 };
  }
}
