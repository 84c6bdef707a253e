// Integer grey levels in files, floats in [0, 1] inside, as keras_restore/ops/levels.py.

export const peakOf = (pixels) => (pixels instanceof Uint16Array ? 65535 : 255);

/** The nearest integer; a half goes to the even one, as NumPy's rint. */
export function rint(value) {
  const below = Math.floor(value);
  const part = value - below;
  return part > 0.5 || (part === 0.5 && below % 2) ? below + 1 : below;
}

/** A value in [0, 1] as a level, clipped. */
export const toLevel = (value, peak) => rint(Math.min(Math.max(value, 0), 1) * peak);
