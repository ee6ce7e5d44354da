// View: the map on a canvas. In: a model, colours, what to mark. Out: pixels, and which segment lies under a point.
// Points are drawn once for each view into a layer of their own; marks are drawn over a copy of it.

const TRAIL = 32, PICK_PX = 14, CELLS = 64, MARGIN_PX = 30, OUTER = 0.004;

class View {
  constructor(canvas, model) {
    Object.assign(this, { canvas, model, zoom: 1, panX: 0, panY: 0 });
    this.layer = document.createElement("canvas");
    this.visible = () => true;
    this.search = false;
    this.found = () => false;
    this.trail = [];
    this.candidates = [];
    this.selected = null;
    this.frame();
    this.index();
  }

  // the place and the span of all but the outermost points: a few strays would make the rest small
  frame() {
    const span = (values) => {
      const sorted = Uint16Array.from(values).sort(), at = (share) => sorted[Math.floor(share * (sorted.length - 1))];
      return [at(OUTER), at(1 - OUTER)];
    };
    const [[x0, x1], [y0, y1]] = [span(this.model.mapX), span(this.model.mapY)];
    Object.assign(this, { midX: (x0 + x1) / 2, midY: (y0 + y1) / 2, spanX: Math.max(1, x1 - x0), spanY: Math.max(1, y1 - y0) });
  }

  // segments by cell of a grid over the map, so that a pointer finds its neighbours at once
  index() {
    this.cells = Array.from({ length: CELLS * CELLS }, () => []);
    for (let i = 0; i < this.model.segments; i++) this.cells[this.cell(this.model.mapX[i], this.model.mapY[i])].push(i);
  }

  cell(x, y) {
    return (Math.min(CELLS - 1, (y * CELLS) >> 16) * CELLS + Math.min(CELLS - 1, (x * CELLS) >> 16)) | 0;
  }

  resize() {
    const box = this.canvas.getBoundingClientRect(), ratio = window.devicePixelRatio || 1;
    Object.assign(this, { width: box.width, height: box.height, ratio });
    for (const surface of [this.canvas, this.layer]) {
      surface.width = Math.round(box.width * ratio);
      surface.height = Math.round(box.height * ratio);
    }
    this.paintPoints();
  }

  get scale() {
    return Math.min((this.width - 2 * MARGIN_PX) / this.spanX, (this.height - 2 * MARGIN_PX) / this.spanY) * this.zoom;
  }

  at(i) {
    const s = this.scale;
    return [
      this.width / 2 + this.panX + (this.model.mapX[i] - this.midX) * s,
      this.height / 2 + this.panY - (this.model.mapY[i] - this.midY) * s,
    ];
  }

  zoomBy(factor, x = this.width / 2, y = this.height / 2) {
    const zoom = Math.min(60, Math.max(0.6, this.zoom * factor)), real = zoom / this.zoom;
    this.panX = x - this.width / 2 - (x - this.width / 2 - this.panX) * real;
    this.panY = y - this.height / 2 - (y - this.height / 2 - this.panY) * real;
    this.zoom = zoom;
    this.paintPoints();
  }

  panBy(dx, dy) {
    this.panX += dx;
    this.panY += dy;
    this.paintPoints();
  }

  reset() {
    Object.assign(this, { zoom: 1, panX: 0, panY: 0 });
    this.paintPoints();
  }

  // the visible segment nearest to a place on the canvas, or null
  pick(x, y) {
    const s = this.scale;
    const mx = (x - this.width / 2 - this.panX) / s + this.midX, my = (this.height / 2 + this.panY - y) / s + this.midY;
    const reach = PICK_PX / s;
    let best = null, least = reach * reach;
    const [x0, x1, y0, y1] = [mx - reach, mx + reach, my - reach, my + reach].map((v) => Math.max(0, Math.min(65535, v)));
    const low = this.cell(x0, y0), high = this.cell(x1, y1);
    for (let row = Math.floor(low / CELLS); row <= Math.floor(high / CELLS); row++) {
      for (let column = low % CELLS; column <= high % CELLS; column++) {
        for (const i of this.cells[row * CELLS + column]) {
          const far = (this.model.mapX[i] - mx) ** 2 + (this.model.mapY[i] - my) ** 2;
          if (far < least && this.visible(i)) [best, least] = [i, far];
        }
      }
    }
    return best;
  }

  colour(colouring) {
    this.colouring = colouring;
    this.paintPoints();
  }

  // the points are drawn anew with the next frame
  paintPoints() {
    this.stale = this.dirty = true;
  }

  // straight into pixels: 50,000 rectangles would take a quarter of a second
  drawPoints() {
    const g = this.layer.getContext("2d"), { classes, legend } = this.colouring, m = this.model;
    const { width, height } = this.layer, image = g.createImageData(width, height), pixels = new Uint32Array(image.data.buffer);
    const wide = Math.min(7, Math.max(1.1, Math.sqrt(((0.16 * this.width * this.height) / m.segments) * this.zoom)));
    const size = Math.max(1, Math.round(wide * this.ratio));
    const searched = this.search, faint = this.pixel("gray", 40), mark = this.pixel(this.ink("--mark"), 255);
    const colours = legend.map(({ colour }) => this.pixel(colour, searched ? 70 : 215));
    const dot = (i, colour, side) => {
      const [x, y] = this.at(i), left = Math.round(x * this.ratio - side / 2), top = Math.round(y * this.ratio - side / 2);
      if (left < 0 || top < 0 || left + side > width || top + side > height) return;
      for (let row = top; row < top + side; row++) pixels.fill(colour, row * width + left, row * width + left + side);
    };
    const found = [];
    for (let i = 0; i < m.segments; i++) {
      if (!this.visible(i)) dot(i, faint, size);
      else if (searched && this.found(i)) found.push(i);
      else dot(i, colours[classes[i]], size);
    }
    for (const i of found) dot(i, mark, size + Math.round(2 * this.ratio));
    g.putImageData(image, 0, 0);
  }

  // a colour of the style sheet as one word of pixel memory
  pixel(colour, alpha) {
    const probe = (this.probe ??= new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true }));
    probe.fillStyle = colour;
    probe.fillRect(0, 0, 1, 1);
    const { data } = probe.getImageData(0, 0, 1, 1);
    data[3] = alpha;
    return new Uint32Array(data.buffer)[0];
  }

  ink(name) {
    return getComputedStyle(this.canvas).getPropertyValue(name).trim();
  }

  paint() {
    if (!this.dirty || !this.width || !this.colouring) return;
    if (this.stale) this.drawPoints();
    this.dirty = this.stale = false;
    const g = this.canvas.getContext("2d");
    g.setTransform(1, 0, 0, 1, 0, 0);
    g.clearRect(0, 0, this.canvas.width, this.canvas.height);
    g.drawImage(this.layer, 0, 0);
    g.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    const ink = this.ink("--ink"), mark = this.ink("--mark");
    this.paintTrail(g, mark);
    this.paintCandidates(g, ink);
    if (this.selected !== null) this.ring(g, this.selected, 9, ink, 2);
    const here = this.trail.at(-1);
    if (here) this.disc(g, here.segment, 6.5, mark, this.ink("--ground"));
    g.globalAlpha = 1;
  }

  // along a piece a straight line, over a seam an arc
  paintTrail(g, colour) {
    g.strokeStyle = colour;
    for (let n = 1; n < this.trail.length; n++) {
      const [x0, y0] = this.at(this.trail[n - 1].segment), [x1, y1] = this.at(this.trail[n].segment);
      g.globalAlpha = 0.1 + 0.8 * (n / this.trail.length) ** 2;
      g.lineWidth = 1 + 1.6 * (n / this.trail.length);
      g.setLineDash(this.trail[n].stayed ? [] : [4, 4]);
      g.beginPath();
      g.moveTo(x0, y0);
      const bend = this.trail[n].stayed ? 0 : 0.22;
      g.quadraticCurveTo((x0 + x1) / 2 + (y1 - y0) * bend, (y0 + y1) / 2 - (x1 - x0) * bend, x1, y1);
      g.stroke();
    }
    g.setLineDash([]);
  }

  paintCandidates(g, colour) {
    for (const { segment, chance } of this.candidates) {
      g.globalAlpha = 0.25 + 0.75 * Math.sqrt(chance);
      this.ring(g, segment, 3 + 9 * Math.sqrt(chance), colour, 1.4);
    }
    g.globalAlpha = 1;
  }

  ring(g, i, radius, colour, width) {
    const [x, y] = this.at(i);
    g.strokeStyle = colour;
    g.lineWidth = width;
    g.beginPath();
    g.arc(x, y, radius, 0, 7);
    g.stroke();
  }

  disc(g, i, radius, colour, edge) {
    const [x, y] = this.at(i);
    g.globalAlpha = 1;
    g.fillStyle = colour;
    g.beginPath();
    g.arc(x, y, radius, 0, 7);
    g.fill();
    g.strokeStyle = edge;
    g.lineWidth = 2;
    g.stroke();
  }

  move(step) {
    this.trail = [...this.trail.slice(1 - TRAIL), { segment: step.segment, stayed: step.stayed }];
    this.candidates = step.weighed.filter((w) => w.chance > 0.005);
    this.dirty = true;
  }
}
