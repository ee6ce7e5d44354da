// Colour: what a point's colour means. In: a model. Out: a class for each segment, and a legend for the classes.

const TONES = ["C", "D♭", "D", "E♭", "E", "F", "F♯", "G", "A♭", "A", "B♭", "B"];

// hues a fifth apart are neighbours on the wheel, so that related harmonies look related
const wheel = (tone) => (tone * 7 * 30 + 30) % 360;
const ramp = (t) => `oklch(${0.52 + 0.3 * t} 0.15 ${290 - 210 * t})`;
const hue = (h) => `oklch(0.72 0.15 ${h})`;

function lowest(model, i) {
  let low = 128;
  for (let n = model.noteStart[i]; n < model.noteStart[i + 1]; n++) low = Math.min(low, model.pitch[n]);
  return low;
}

function banded(values, words, bands = 7) {
  const sorted = Float64Array.from(values).sort();
  const edges = Array.from({ length: bands - 1 }, (_, b) => sorted[Math.floor(((b + 1) * sorted.length) / bands)]);
  const classes = Uint8Array.from(values, (v) => edges.filter((edge) => v >= edge).length);
  const legend = Array.from({ length: bands }, (_, b) => ({
    colour: ramp(b / (bands - 1)), text: b === 0 ? words[0] : b === bands - 1 ? words[1] : "",
  }));
  return { classes, legend };
}

const COLOURINGS = {
  region: (model) => ({
    classes: model.label,
    legend: model.labels.map((text, n) => ({ text, colour: hue((n * 137.5 + 30) % 360) })),
  }),
  bass: (model) => {
    const classes = new Uint8Array(model.segments);
    for (let i = 0; i < model.segments; i++) classes[i] = lowest(model, i) === 128 ? 12 : lowest(model, i) % 12;
    const order = TONES.map((_, n) => (n * 7) % 12);
    const place = Uint8Array.from(classes, (c) => (c === 12 ? 12 : order.indexOf(c)));
    return { classes: place, legend: [...order.map((t) => ({ text: TONES[t], colour: hue(wheel(t)) })), { text: "rest", colour: "gray" }] };
  },
  register: (model) => {
    const mean = Float64Array.from({ length: model.segments }, (_, i) => {
      const [from, to] = [model.noteStart[i], model.noteStart[i + 1]];
      let sum = 0;
      for (let n = from; n < to; n++) sum += model.pitch[n];
      return to > from ? sum / (to - from) : 60;
    });
    return banded(mean, ["low", "high"]);
  },
  density: (model) => banded(model.noteCount, ["few notes", "many"]),
  place: (model) => ({
    classes: model.place,
    legend: Array.from({ length: Math.max(...model.place.slice(0, 4096)) + 1 }, (_, n) => ({ text: `beat ${n + 1}`, colour: hue(40 + n * 67) })),
  }),
};
