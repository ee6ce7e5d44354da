// Panel: one preset on the page, its map, walk, sliders and filters. In: hands. Out: calls to view, walk and player.

class Panel {
  constructor(root, model, sound, alone) {
    Object.assign(this, { root, model, sound, alone });
    const find = (selector) => root.querySelector(selector);
    this.ui = {
      canvas: find("canvas.map"), tip: find(".tip"), now: find(".now"), play: find(".play"), step: find(".one"),
      seed: find(".seed"), colour: find(".colouring"), legend: find(".legend"), search: find(".search"), count: find(".count"),
    };
    this.values = Object.fromEntries(model.controls.map((c) => [c.name, c.value]));
    this.view = new View(this.ui.canvas, model);
    this.walk = new Walk(model);
    this.player = new Player(sound, model, () => this.values.tempo);
    this.steps = new Steps(root, model);
    this.hidden = new Set();
    this.heardSteps = 0;
    find("h2").textContent = model.title;
    find(".source").textContent = `${model.segments} segments of ${model.pieces.length} pieces · ${model.source} · ${model.licence}`;
    this.buildSliders(find(".sliders"));
    this.buildColours();
    this.buildRegions(find(".regions"));
    this.listen();
    this.restart();
    this.resize();
  }

  buildSliders(box) {
    for (const control of this.model.controls) {
      const label = element("label", "", "slider"), input = element("input"), shown = element("output");
      Object.assign(input, { type: "range", min: control.low, max: control.high, step: control.fine, value: control.value, name: control.name });
      label.title = control.help;
      const show = () => {
        this.values[control.name] = Number(input.value);
        const text = `${Number(input.value).toFixed(control.fine < 1 ? 2 : 0)} ${control.unit}`.trim();
        shown.textContent = text;
        input.setAttribute("aria-valuetext", text);
      };
      input.addEventListener("input", show);
      label.append(element("span", control.name), input, shown);
      box.append(label);
      show();
    }
  }

  buildColours() {
    const names = { region: "region", bass: "bass note", register: "register", density: "density", place: "place in bar" };
    for (const [value, text] of Object.entries(names)) {
      if (value === "region" && this.model.labels.length < 2) continue;
      const option = element("option", text);
      option.value = value;
      this.ui.colour.append(option);
    }
    const choose = () => {
      const colouring = COLOURINGS[this.ui.colour.value](this.model);
      const items = colouring.legend.map(({ text, colour }) => {
        const item = element("li", text), swatch = element("i");
        swatch.style.background = colour;
        item.prepend(swatch);
        return item;
      });
      this.ui.legend.replaceChildren(...items);
      this.view.colour(colouring);
    };
    this.ui.colour.addEventListener("change", choose);
    choose();
  }

  buildRegions(box) {
    const { labels, label } = this.model;
    this.view.visible = (i) => !this.hidden.has(label[i]);
    this.walk.allowed = this.view.visible;
    if (labels.length < 2) return box.remove();
    labels.forEach((text, n) => {
      const line = element("label"), tick = element("input");
      Object.assign(tick, { type: "checkbox", checked: true, value: text });
      tick.addEventListener("change", () => {
        this.hidden[tick.checked ? "delete" : "add"](n);
        this.view.paintPoints();
      });
      line.append(tick, text);
      box.append(line);
    });
  }

  listen() {
    const { canvas, play, step, seed, search } = this.ui;
    play.addEventListener("click", () => this.toggle());
    step.addEventListener("click", () => this.one());
    seed.addEventListener("change", () => this.restart());
    search.addEventListener("input", () => this.find(search.value.trim().toLowerCase()));
    canvas.addEventListener("pointerdown", (e) => this.grab(e));
    canvas.addEventListener("pointermove", (e) => this.hover(e));
    canvas.addEventListener("pointerup", (e) => this.let(e));
    canvas.addEventListener("pointerleave", () => this.tell(null));
    canvas.addEventListener("dblclick", (e) => this.walkFrom(this.view.pick(e.offsetX, e.offsetY)));
    canvas.addEventListener("wheel", (e) => {
      e.preventDefault();
      this.view.zoomBy(Math.exp(-e.deltaY / 400), e.offsetX, e.offsetY);
    }, { passive: false });
    canvas.addEventListener("keydown", (e) => this.key(e));
  }

  resize() {
    this.view.resize();
  }

  find(text) {
    const match = this.model.pieces.map((name) => text !== "" && name.toLowerCase().includes(text));
    this.view.search = match.some(Boolean);
    this.view.found = (i) => match[this.model.piece[i]];
    const count = match.filter(Boolean).length;
    this.ui.count.textContent = text ? `${count} piece${count === 1 ? "" : "s"}` : "";
    this.view.paintPoints();
  }

  // pointer: a click plays, a drag pans
  grab(event) {
    this.drag = { x: event.offsetX, y: event.offsetY, far: false };
    this.ui.canvas.setPointerCapture(event.pointerId);
  }

  hover(event) {
    if (this.drag && event.buttons) {
      const [dx, dy] = [event.offsetX - this.drag.x, event.offsetY - this.drag.y];
      if (this.drag.far || Math.hypot(dx, dy) > 4) {
        this.view.panBy(dx, dy);
        this.drag = { x: event.offsetX, y: event.offsetY, far: true };
      }
      return;
    }
    this.tell(this.view.pick(event.offsetX, event.offsetY), event.offsetX, event.offsetY);
  }

  let(event) {
    const dragged = this.drag?.far;
    this.drag = null;
    const segment = dragged ? null : this.view.pick(event.offsetX, event.offsetY);
    if (segment !== null) this.select(segment);
  }

  tell(segment, x, y) {
    const { tip } = this.ui;
    tip.hidden = segment === null;
    if (segment === null) return;
    const label = this.model.labels.length > 1 ? ` · ${this.model.labels[this.model.label[segment]]}` : "";
    tip.textContent = this.model.name(segment) + label;
    tip.style.left = `${Math.min(x + 14, this.view.width - tip.offsetWidth - 4)}px`;
    tip.style.top = `${Math.max(4, y - 34)}px`;
  }

  // marks a segment, says its name and sounds it; a walk that plays goes on from there instead
  select(segment) {
    this.view.selected = segment;
    this.view.dirty = true;
    if (this.player.playing) return this.walkFrom(segment);
    this.ui.now.textContent = this.model.name(segment);
    this.alone(this);
    this.player.audition(segment);
  }

  key(event) {
    const here = this.view.selected ?? this.state.segment, m = this.model;
    const before = here > 0 && m.successor(here - 1) === here ? here - 1 : here;
    const acts = {
      ArrowRight: () => this.select(m.successor(here) < 0 ? here : m.successor(here)),
      ArrowLeft: () => this.select(before),
      ArrowDown: () => this.select(m.candidates[here * m.width]),
      ArrowUp: () => this.select(m.candidates[here * m.width + 1]),
      Enter: () => this.select(here),
      w: () => this.walkFrom(here),
      " ": () => this.toggle(),
      s: () => this.one(),
      "+": () => this.view.zoomBy(1.3),
      "-": () => this.view.zoomBy(1 / 1.3),
      0: () => this.view.reset(),
    };
    if (event.ctrlKey || event.metaKey || event.altKey || !acts[event.key]) return;
    event.preventDefault();
    acts[event.key]();
  }

  restart(segment = null) {
    this.n = 0;
    const seed = Math.abs(Math.trunc(Number(this.ui.seed.value))) || 0;
    this.state = this.walk.start(new Draw(seed), segment);
    this.seed = seed;
    this.first = true;
  }

  advance() {
    if (this.first) {
      this.first = false;
      return { segment: this.state.segment, from: null, stayed: false, weighed: [] };
    }
    const [next, step] = this.walk.step(this.state, this.values, new Draw(this.seed, ++this.n));
    this.state = next;
    return step;
  }

  heard(step) {
    this.heardSteps++;
    this.view.move(step);
    this.ui.now.textContent = this.model.name(step.segment);
    if (step.from !== null) this.steps.show(step);
  }

  toggle() {
    if (this.player.playing) this.stop();
    else this.start();
  }

  start() {
    this.alone(this);
    this.player.play(() => this.advance(), (step) => this.heard(step));
    this.ui.play.textContent = "Stop";
  }

  stop() {
    this.player.stop();
    this.ui.play.textContent = "Play";
  }

  // one step of a walk that stands: heard and explained
  one() {
    if (this.player.playing) this.stop();
    const step = this.advance();
    this.alone(this);
    this.player.audition(step.segment);
    this.heard(step);
  }

  walkFrom(segment) {
    if (segment === null) return;
    this.restart(segment);
    this.start();
  }
}
