// Data: the page's packed preset as typed arrays. In: the JSON of pack.py. Out: a Model. Changes nothing.

const TYPES = {
  u1: Uint8Array, u2: Uint16Array, u4: Uint32Array, i1: Int8Array, i2: Int16Array, i4: Int32Array,
};

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
      this[name] = unplane(bytes, offset, TYPES[kind], length);
      offset += length * TYPES[kind].BYTES_PER_ELEMENT;
    }
    this.noteStart = running(this.noteCount);
    this.label = this.pieceLabel.length ? Uint8Array.from(this.piece, (p) => this.pieceLabel[p]) : new Uint8Array(this.segments);
  }

  // the segment that follows in the piece, or -1 at its end
  successor(i) {
    return this.follows[i] ? i + 1 : -1;
  }

  // distances of the candidates of `a`, in units of the local scale
  distances(a) {
    const K = this.width, out = new Float64Array(K);
    for (let c = 0, sum = 0; c < K; c++) out[c] = (sum += this.far[a * K + c]) * this.farStep;
    return out;
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
