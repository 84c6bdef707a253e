// Integer grey levels in files, floats in [0, 1] inside, as keras_restore/ops/levels.py.

export const peakOf = (pixels) => (pixels instanceof Uint16Array ? 65535 : 255);

/** The nearest integer in range; a half goes to the even one, as NumPy's rint. */
export function toLevel(value, peak) {
  const level = Math.min(Math.max(value, 0), 1) * peak;
  const below = Math.floor(level);
  const part = level - below;
  return part > 0.5 || (part === 0.5 && below % 2) ? below + 1 : below;
}
