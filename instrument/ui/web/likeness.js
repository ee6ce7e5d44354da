// Likeness: what segments sound like to who compares them, as instrument/likeness.py has it.
// In: a model. Out: cosines of pitch classes by how long they sound, or of strokes where nothing has a pitch.

class Likeness {
  constructor(model) {
    const pitched = model.voice.some((voice) => !model.drums.includes(voice));
    this.rows = Array.from({ length: model.segments }, (_, i) => {
      const row = new Map();
      for (const { onset, duration, pitch, voice } of model.notes(i)) {
        if (pitched ? model.drums.includes(voice) : onset < 0) continue;
        const ticks = Math.min(onset + duration, model.hop) - Math.max(onset, 0), column = pitched ? pitch % 12 : pitch;
        row.set(column, (row.get(column) ?? 0) + (pitched ? ticks : 1));
      }
      const length = Math.sqrt([...row.values()].reduce((sum, x) => sum + x * x, 0));
      for (const [column, x] of row) row.set(column, x / Math.max(length, 1e-9));
      return row;
    });
  }

  cosine(a, b) {
    return [...this.rows[a]].reduce((sum, [column, x]) => sum + x * (this.rows[b].get(column) ?? 0), 0);
  }
}
