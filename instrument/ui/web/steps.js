// Steps: the last step in words and numbers, for who wants to understand it. In: a model, a choice. Out: a table.

const SHOWN = 8;

function element(name, text = "", className = "") {
  const made = document.createElement(name);
  if (text !== "") made.textContent = text;
  if (className) made.className = className;
  return made;
}

class Steps {
  constructor(panel, model) {
    this.model = model;
    this.story = panel.querySelector(".story");
    this.draw = panel.querySelector(".draw");
    this.rows = panel.querySelector(".steps tbody");
  }

  show(step) {
    const m = this.model, following = m.successor(step.from);
    const departs = following >= 0 && following !== step.anchor ? " ends a phrase; the walk departs, for " : "";
    const words = [
      ["b", m.name(step.from)],
      ["span", departs || (following < 0 ? " ends its piece; near it, what follows is " : " is followed in its piece by ")],
      ["b", m.name(step.anchor)],
      ["span", step.stayed ? ". The walk goes on with it." : ". The walk takes "],
      ...(step.stayed ? [] : [["b", m.name(step.segment)], ["span", "."]]),
    ];
    this.story.replaceChildren(...words.map(([tag, text]) => element(tag, text)));
    this.strip(step);
    const best = [...step.weighed].sort((a, b) => b.chance - a.chance).slice(0, SHOWN);
    if (!best.some((w) => w.segment === step.segment)) best[SHOWN - 1] = step.weighed.find((w) => w.segment === step.segment);
    this.rows.replaceChildren(...best.map((w) => this.row(w, step)));
  }

  // every candidate as wide as it is likely, and where the number that was drawn fell
  strip(step) {
    const g = this.draw.getContext("2d"), { width, height } = this.draw, style = getComputedStyle(this.draw);
    g.clearRect(0, 0, width, height);
    let x = 0;
    step.weighed.forEach((w, n) => {
      const wide = w.chance * width;
      g.globalAlpha = w.segment === step.segment ? 1 : n % 2 ? 0.3 : 0.45;
      g.fillStyle = w.segment === step.segment ? style.getPropertyValue("--mark") : style.getPropertyValue("--soft");
      g.fillRect(x, 10, Math.max(0.5, wide - 1), height - 10);
      x += wide;
    });
    g.globalAlpha = 1;
    g.fillStyle = style.getPropertyValue("--ink");
    g.beginPath();
    g.moveTo(step.draw * width, 12);
    g.lineTo(step.draw * width - 7, 0);
    g.lineTo(step.draw * width + 7, 0);
    g.fill();
    this.draw.title = `drawn: ${step.draw.toFixed(3)}`;
  }

  row(w, step) {
    const row = element("tr", "", w.segment === step.segment ? "taken" : "");
    const anchor = w.segment === step.anchor;
    row.append(element("th", this.model.name(w.segment) + (anchor ? " (follows)" : "")));
    for (const value of [w.distance, w.near, w.join, w.chord, w.echo, w.tether, w.pull, w.energy]) row.append(element("td", value.toFixed(2)));
    const chance = element("td", "", "chance"), bar = element("meter");
    bar.value = w.chance;
    chance.append(bar, element("span", `${(100 * w.chance).toFixed(1)}%`));
    row.append(chance);
    return row;
  }
}
