// Data: the page's packed preset as typed arrays. In: the JSON of pack.py. Out: a Model. Changes nothing.
// Numbers are unpacked to the bit as instrument/packing.py does it: one that differs would be another walk in time.

const TYPES = { u1: Uint8Array, u2: Uint16Array, u4: Uint32Array, i2: Int16Array, f2: Uint16Array };
const single = Math.fround;

// the nearest whole number, of two the even one: as Python rounds
function rounded(x) {
  const near = Math.round(x);
  return near - x === 0.5 && near % 2 !== 0 ? near - 1 : near;
}

// a number of 16 bits (IEEE 754 binary16) from its bits
function half(bits) {
  const power = (bits >> 10) & 31, rest = (bits & 1023) / 1024;
  return (bits >> 15 ? -1 : 1) * (power ? 2 ** (power - 15) * (1 + rest) : 2 ** -14 * rest);
}

async function inflate(text) {
  const letters = atob(text), bytes = new Uint8Array(letters.length);
  for (let i = 0; i < letters.length; i++) bytes[i] = letters.charCodeAt(i);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

function unplane(bytes, offset, Type, length) {
  const size = Type.BYTES_PER_ELEMENT;
  const out = new Uint8Array(length * size);
  for (let plane = 0; plane < size; plane++) {
    for (let i = 0, from = offset + plane * length; i < length; i++) out[i * size + plane] = bytes[from + i];
  }
  return new Type(out.buffer);
}

function running(counts) {
  const starts = new Uint32Array(counts.length + 1);
  for (let i = 0; i < counts.length; i++) starts[i + 1] = starts[i] + counts[i];
  return starts;
}

class Model {
  static async read(packed) {
    return new Model(packed, await inflate(packed.bytes));
  }

  constructor(packed, bytes) {
    Object.assign(this, packed);
    delete this.bytes;
    let offset = 0;
    for (const [name, kind, length] of packed.arrays) {
      const values = unplane(bytes, offset, TYPES[kind], length);
      this[name] = kind === "f2" ? Float32Array.from(values, half) : values;
      offset += length * TYPES[kind].BYTES_PER_ELEMENT;
    }
    this.context = this.unscaled("context");
    this.feature = this.unscaled("feature");
    this.noteStart = running(this.noteCount);
    this.label = this.pieceLabel.length ? Uint8Array.from(this.piece, (p) => this.pieceLabel[p]) : new Uint8Array(this.segments);
  }

  // codes 0..255 between the ends of each column's range
  unscaled(name) {
    const { low, high } = this.ranges[name], unit = low.map((l, c) => single(single(high[c] - l) / 255)), C = low.length;
    return Float32Array.from(this[name], (code, n) => single(single(code * unit[n % C]) + low[n % C]));
  }

  // row `i` of a table of so many columns
  row(table, columns, i) {
    return table.subarray(i * columns, (i + 1) * columns);
  }

  contextOf(i) {
    return this.row(this.context, this.ranges.context.low.length, i);
  }

  // whether its piece has another metre than the preset: its bars are not the clock's
  otherMetre(i) {
    const metre = this.pieceMetre[this.piece[i]] ?? this.metre;
    return metre[0] !== this.metre[0] || metre[1] !== this.metre[1];
  }

  // the segment that follows in the piece, or -1 at its end
  successor(i) {
    return this.follows[i] ? i + 1 : -1;
  }

  // distances of the candidates of `a` in feature space
  distances(a) {
    const low = this.span[2 * a], wide = single(this.span[2 * a + 1] - low);
    return Float64Array.from(this.row(this.distance, this.width, a), (code) => {
      const share = single(code / 255);
      return single(single(single(share * share) * wide) + low);
    });
  }

  // squared distance of rows `a` and `b` of a table
  squared(table, columns, a, b) {
    let sum = 0;
    for (let c = 0; c < columns; c++) sum += (table[a * columns + c] - table[b * columns + c]) ** 2;
    return sum;
  }

  notes(i) {
    const out = [];
    for (let n = this.noteStart[i]; n < this.noteStart[i + 1]; n++) {
      out.push({
        onset: this.onset[n], duration: this.duration[n], pitch: this.pitch[n],
        velocity: this.velocity[n], voice: this.voice[n],
      });
    }
    return out;
  }

  name(i) {
    const beat = this.metre[0] > 1 ? ` beat ${this.place[i] + 1}` : "";
    return `${this.pieces[this.piece[i]]}, bar ${this.bar[i]}${beat}`;
  }
}
