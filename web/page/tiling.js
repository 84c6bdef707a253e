// Exact tiles, as keras_restore/inference/tiling.py cuts them: a window is a tile with the
// network's halo around it, and ends where the picture ends, so that the network pads there only.

const MOST_WINDOWS_A_SIDE = 400;

/**
 * The size of the windows that needs the least computation: all have one size.
 *
 * @param {number} height of the picture, in pixels
 * @param {number} width
 * @param {{halo: number, multiple: number}} model
 * @param {number} mostPixels that a window may have
 * @returns {{height: number, width: number}}
 */
export function chooseWindow(height, width, model, mostPixels) {
  let best = null;
  const widths = sides(width, model);
  for (const [rows, tall] of sides(height, model)) {
    const fitting = widths.find(([, wide]) => tall * wide <= mostPixels);
    if (!fitting) continue;
    const [columns, wide] = fitting;
    const cost = rows * columns * tall * wide;
    if (!best || cost <= best.cost) best = { cost, height: tall, width: wide };
  }
  if (!best) throw new RangeError(`No window of ${mostPixels} pixels is large enough.`);
  return { height: best.height, width: best.width };
}

/**
 * The windows of one axis, in order: where each starts, and the pixels wanted of it.
 *
 * @returns {{start: number, from: number, to: number}[]} `from` and `to` count from the picture's
 *     edge; together they cover the axis once.
 */
export function spans(length, side, { halo, multiple }) {
  const found = [];
  for (let from = 0; from < length; from = found.at(-1).to) {
    let start = Math.max(0, Math.floor((from - halo) / multiple) * multiple);
    start = Math.min(start, length - side);
    const end = start + side;
    found.push({ start, from, to: end === length ? length : end - halo });
  }
  return found;
}

/** Pairs (number of windows, side of a window), from one window to the most. */
function sides(length, { halo, multiple }) {
  const congruent = (side) => side + modulo(length - side, multiple);
  const pairs = [[1, length]];
  const smallest = congruent(2 * halo + multiple);
  for (let count = 2; count < MOST_WINDOWS_A_SIDE && pairs.at(-1)[1] > smallest; count++) {
    const step = Math.ceil((length - 2 * halo) / count / multiple) * multiple;
    const side = congruent(Math.max(multiple, step) + 2 * halo);
    if (side < pairs.at(-1)[1]) pairs.push([count, side]);
  }
  if (pairs.at(-1)[1] > smallest) {
    pairs.push([Math.ceil((length - 2 * halo) / multiple), smallest]);
  }
  return pairs;
}

const modulo = (a, b) => ((a % b) + b) % b;
