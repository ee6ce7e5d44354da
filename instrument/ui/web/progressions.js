// Progressions: how surprising a chord is after two others, as instrument/progressions.py reckons it.
// In: the segments that sounded, the one that would. Out: bits.

class Progressions {
  constructor(model) {
    this.model = model;
    this.kinds = model.chord.reduce((most, code) => Math.max(most, code), 0) + 1;
    this.tallies = Array.from({ length: 3 }, () => [new Map(), new Map()]); // [times, times of the context], by context
    for (let i = 0; i < model.segments; i++) {
      if (!model.follows[i]) continue;
      this.contexts(this.came(i), i).forEach((context, n) => {
        const [seen, times] = this.tallies[n];
        for (const [tally, key] of [[seen, context * this.kinds + model.chord[i + 1]], [times, context]]) {
          tally.set(key, (tally.get(key) ?? 0) + 1);
        }
      });
    }
  }

  // the segment before in the piece, or itself
  came(i) {
    return i > 0 && this.model.follows[i - 1] ? i - 1 : i;
  }

  // nothing, the last chord, the last two: as numbers
  contexts(before, here) {
    const { chord } = this.model;
    return [0, chord[here], chord[before] * this.kinds + chord[here]];
  }

  // where the corpus itself goes on from `here` to `after`, that is no precedent
  bits(before, here, after) {
    const m = this.model, { prior, smooth } = m.progression, own = m.successor(here) === after ? 1 : 0;
    const alike = own && m.chord[this.came(here)] === m.chord[before] ? 1 : 0;
    let chance = 0;
    this.contexts(before, here).forEach((context, n) => {
      const [seen, times] = this.tallies[n], less = n === 2 ? alike : own;
      const [some, all] = [(seen.get(context * this.kinds + m.chord[after]) ?? 0) - less, (times.get(context) ?? 0) - less];
      chance = n ? (some + prior * chance) / (all + prior) : (some + smooth) / (all + smooth * this.kinds);
    });
    return -Math.log2(chance);
  }
}
