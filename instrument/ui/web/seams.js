// Seams: the price of a join that the table does not hold, as instrument/live/seams.py prices it.
// In: the segment that sounds, the one that would follow, any others. Out: a price each.

class Seams {
  constructor(model) {
    this.model = model;
  }

  prices(here, anchor, segments) {
    const m = this.model, { plain, join, metre, tie } = m.seam, own = this.leading(here, anchor), out = this.held(here, false);
    return segments.map((segment) => {
      const into = this.held(segment, true), off = m.place[segment] === m.place[anchor] ? 0 : metre;
      const loose = [...out].filter((pitch) => !into.has(pitch)).length + [...into].filter((pitch) => !out.has(pitch)).length;
      return join * Math.abs(this.leading(here, segment) - own) + off + tie * loose + plain;
    });
  }

  // mean way in semitones from the end of one chord to the start of another; they lie in half semitones
  leading(from, to) {
    const m = this.model, Q = m.quantiles;
    let sum = 0;
    for (let q = 0; q < Q; q++) sum += Math.abs(m.startPitch[to * Q + q] - m.endPitch[from * Q + q]) / 2;
    return sum / Q;
  }

  // pitches that are held into the segment, or out of it
  held(segment, into) {
    const m = this.model;
    const over = m.notes(segment).filter((n) => (into ? n.onset < 0 : n.onset + n.duration > m.hop));
    return new Set(over.map((n) => n.pitch));
  }
}
