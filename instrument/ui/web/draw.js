// Draw: the random numbers of one step, as instrument/live/draw.py makes them for the first part.

const MASK = (1n << 64n) - 1n, GAMMA = 0x9e3779b97f4a7c15n, SEED = 0xd1342543de82ef95n;

function mix(z) {
  z = ((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n) & MASK;
  z = ((z ^ (z >> 27n)) * 0x94d049bb133111ebn) & MASK;
  return z ^ (z >> 31n);
}

// SplitMix64's finaliser on a counter
class Draw {
  constructor(seed, n = 0) {
    this.key = mix((BigInt(seed) * SEED + BigInt(n) * GAMMA) & MASK);
  }

  uniform(lane) {
    return Number(mix((this.key + BigInt(lane) * GAMMA) & MASK) >> 11n) * 2 ** -53;
  }

  pick(size, lane) {
    return Math.floor(this.uniform(lane) * size);
  }
}
