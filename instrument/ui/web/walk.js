// Walk: one step at a time, the same steps as instrument/live/walk.py takes; its constants come with the page's data.
// In: a model, a state, controls, a draw. Out: the next state and the choice that led to it. Pure.

const BARRED = 1000; // energy of a region that is hidden
const LANE_CHOICE = 0, LANE_END = 1, LANE_START = 2, LANE_DEPART = 3, LANE_DESTINATION = 16;

class Walk {
  constructor(model) {
    this.model = model;
    this.seams = new Seams(model);
    this.progressions = new Progressions(model);
    this.likeness = new Likeness(model);
    this.allowed = () => true;
    this.openings = [];
    this.begins = Array.from({ length: 256 }, () => []); // segments that begin a phrase, by place in the bar
    const seen = new Set();
    for (let i = 0; i < model.segments; i++) {
      if (model.ends[i]) this.begins[model.place[i + 1]].push(i + 1);
      if (model.place[i] === 0 && !seen.has(model.piece[i])) {
        seen.add(model.piece[i]);
        this.openings.push(i);
      }
    }
    if (!this.openings.length) this.openings.push(0);
  }

  start(draw, segment = null) {
    const m = this.model, at = segment ?? this.drawn(this.openings, draw, LANE_START);
    const path = [at];
    while (path.length < m.longest && path[0] > 0 && m.follows[path[0] - 1]) path.unshift(path[0] - 1);
    return { segment: at, home: m.contextOf(at), recent: [m.content[at]], run: 0, path, place: m.place[at] };
  }

  // one of `segments`, of those that are not hidden if there are any
  drawn(segments, draw, lane) {
    const open = segments.filter((i) => this.allowed(i)), from = open.length ? open : segments;
    return from[draw.pick(from.length, lane)];
  }

  step(state, controls, draw) {
    const m = this.model, here = state.segment, due = (state.place + 1) % m.stepsPerBar;
    const anchor = this.anchor(here, controls, draw), after = m.successor(here), follows = anchor === after;
    const home = this.tether(state, anchor);
    const astray = (m.place[here] + 1) % m.stepsPerBar !== due && !m.otherMetre(here);
    let weighed = this.weigh(state, home, anchor, controls, astray ? this.onLine(here, due) : []);
    this.lift(weighed, controls);
    if (follows && state.run >= m.cap[this.sample(controls)]) {
      const unlike = weighed.filter((w) => m.content[w.segment] !== m.content[anchor]);
      if (unlike.length) weighed = unlike;
    }
    if (astray) for (const w of weighed) this.pull(w, m.place[w.segment] === due ? 0 : m.offBeat);
    for (const w of weighed) this.pull(w, this.allowed(w.segment) ? 0 : BARRED);
    const drawn = draw.uniform(LANE_CHOICE), segment = this.choose(weighed, controls.temperature, drawn);
    const next = {
      segment, home,
      recent: [...state.recent.slice(1 - m.taboo), m.content[segment]],
      run: after >= 0 && m.content[segment] === m.content[after] ? state.run + 1 : 0,
      path: [...state.path.slice(1 - m.longest), segment],
      place: due,
    };
    return [next, { from: here, anchor, segment, stayed: follows && segment === anchor, weighed, draw: drawn }];
  }

  // sets each one's chance, exp(-energy / temperature) over their sum, and takes the one in which `drawn` falls
  choose(weighed, temperature, drawn) {
    const least = Math.min(...weighed.map((w) => w.energy));
    let total = 0, index = 0;
    for (const w of weighed) total += w.chance = Math.exp((least - w.energy) / temperature);
    for (const w of weighed) w.chance /= total;
    for (let sum = weighed[0].chance; sum <= drawn && index < weighed.length - 1; sum += weighed[index].chance) index++;
    return weighed[index].segment;
  }

  // at home, the moving average of the contexts it came through; at the anchor when the walk departs to it
  tether(state, anchor) {
    const m = this.model, here = state.segment, now = m.contextOf(here);
    if (m.follows[here] && anchor !== here + 1) return m.contextOf(anchor);
    return state.home.map((h, c) => h + m.homeRate * (now[c] - h));
  }

  // the segment that follows; after some phrase ends a phrase of anywhere; at a piece's end what follows a near one
  anchor(here, controls, draw) {
    const m = this.model;
    if (m.follows[here]) {
      if (!m.ends[here] || draw.uniform(LANE_DEPART) >= this.departureRate(controls)) return here + 1;
      return this.destination(here, draw);
    }
    const near = [...m.row(m.candidates, m.width, here).subarray(0, m.near)].filter((i) => m.follows[i]);
    return near.length ? near[draw.pick(near.length, LANE_END)] + 1 : this.drawn(this.openings, draw, LANE_END);
  }

  departureRate(controls) {
    const m = this.model, held = Math.min(1, m.defaultHome / Math.max(controls.home, 1e-9));
    return Math.min(1, controls.step / m.defaultStep) * held * m.departureRate;
  }

  // of a few phrases' first segments, at the same place of the bar, the one that joins best
  destination(here, draw) {
    const m = this.model, first = this.begins[m.place[here + 1]];
    const drawn = Array.from({ length: m.destinations }, (_, n) => this.drawn(first, draw, LANE_DESTINATION + n));
    const prices = this.seams.prices(here, here + 1, drawn);
    return drawn[prices.indexOf(Math.min(...prices))];
  }

  sample(controls) {
    return Math.round(controls.step * (this.model.cap.length - 1));
  }

  // the anchor, and its alternatives that are not taboo; `extra` is weighed besides
  weigh(state, home, anchor, controls, extra) {
    const m = this.model, K = m.width, k = Math.min(K, Math.trunc(controls.neighbors));
    const beyond = Math.max(0, (controls.step - m.defaultStep) / (1 - m.defaultStep)), first = rounded(beyond * (K - k));
    const table = [...m.row(m.candidates, K, anchor).subarray(first, first + k)];
    const added = extra.filter((i) => i !== anchor && !table.includes(i)), columns = m.ranges.feature.low.length;
    const far = [...m.distances(anchor).subarray(first, first + k)];
    far.push(...added.map((i) => Math.sqrt(m.squared(m.feature, columns, i, anchor))));
    const joins = [...this.joins(state.segment, anchor, first, table), ...this.seams.prices(state.segment, anchor, added)];
    const stay = m.stay + m.opening * Math.log(controls.neighbors / m.defaultNeighbors);
    const weighed = [this.cost(state, anchor, home, controls, 0, stay, 0)], scale = m.scale[anchor];
    let nearest = null;
    [...table, ...added].forEach((segment, n) => {
      if (state.recent.includes(m.content[segment]) && !extra.includes(segment)) return;
      nearest ??= far[n];
      const near = 0.5 * Math.min(m.farCap, Math.abs(far[n] - nearest) / scale) ** 2;
      weighed.push(this.cost(state, segment, home, controls, far[n] / scale, near, joins[n]));
    });
    return weighed;
  }

  // what going on, the first of `weighed`, costs at this step: see going_on in instrument/live/laws.py
  lift(weighed, controls) {
    const m = this.model, standard = m.defaultStep, { step, temperature } = controls, [stay, ...others] = weighed;
    if (step === standard || !others.length) return;
    const best = Math.min(...others.map((w) => w.energy)), share = step / standard;
    const lost = ((step - standard) / (1 - standard)) ** m.haste, log1pExp = (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
    const leave = others.reduce((sum, w) => sum + Math.exp((best - w.energy) / temperature), 0);
    const odds = (stay.energy - best) / temperature + Math.log(leave);
    let energy = step <= 0 ? -BARRED : BARRED;
    if (step > 0 && share < 1) energy = stay.energy - temperature * (log1pExp(odds + Math.log1p(-share)) - Math.log(share));
    if (share > 1 && step < 1) {
      energy = stay.energy + temperature * (log1pExp(odds - Math.log(lost)) + Math.log(lost) - Math.log1p(-lost) - odds);
    }
    stay.near += energy - stay.energy;
    stay.energy = energy;
  }

  // prices of the joins into `segments`, columns of the anchor's row from `first` on: they lie in the row before it
  joins(here, anchor, first, segments) {
    const m = this.model, at = (anchor - 1) * m.width + first;
    if (anchor === 0 || !m.follows[anchor - 1]) return this.seams.prices(here, anchor, segments);
    return segments.map((_, c) => m.join[at + c] * m.joinStep);
  }

  // segments at the place of the bar that is due, near to `here` in the embedding: the way back onto the bar line
  onLine(here, due) {
    const m = this.model, fits = [];
    for (let i = 0; i < m.segments; i++) {
      if (m.place[i] === due || m.otherMetre(i)) fits.push([m.squared(m.embedding, m.dimensions, i, here), i]);
    }
    return fits.sort((a, b) => a[0] - b[0]).slice(0, m.besides).map(([, i]) => i);
  }

  pull(weighed, energy) {
    weighed.pull += energy;
    weighed.energy += energy;
  }

  cost(state, segment, home, controls, distance, near, join) {
    const away = this.model.contextOf(segment);
    let tether = 0;
    for (let c = 0; c < away.length; c++) tether += (away[c] - home[c]) ** 2;
    tether *= controls.home;
    const { path } = state, before = path[Math.max(0, path.length - 2)], ago = path[path.length - this.model.loopSteps];
    const chord = this.model.progression.bit * this.progressions.bits(before, state.segment, segment);
    const echo = ago === undefined ? 0 : controls.echo * (1 - this.likeness.cosine(segment, ago));
    const energy = near + join + chord + echo + tether;
    return { segment, distance, near, join, chord, echo, tether, pull: 0, energy, chance: 0 };
  }
}
