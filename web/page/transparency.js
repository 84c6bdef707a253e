/**
 * Replaces the colours under fully transparent pixels by those around them, as
 * keras_restore/inference/transparency.py does: means over blocks of 2, 4, 8, ... pixels that hold
 * visible ones, so that hidden colours do not bleed through the network.
 *
 * @param {Float32Array[]} planes of colours
 * @param {Float32Array} visible 1 where any alpha is, else 0
 * @returns {Float32Array[]} new planes; `planes` itself if nothing is hidden, or everything
 */
export function fillTransparent(planes, visible, height, width) {
  const count = visible.reduce((sum, value) => sum + value, 0);
  if (count === 0 || count === visible.length) return planes;
  const halfHeight = Math.ceil(height / 2);
  const halfWidth = Math.ceil(width / 2);
  const blocks = new Float32Array(halfHeight * halfWidth);
  const block = (p) => (p % width >> 1) + (Math.floor(p / width) >> 1) * halfWidth;
  for (let p = 0; p < visible.length; p++) blocks[block(p)] += visible[p];
  let means = planes.map((plane) => {
    const sums = new Float32Array(blocks.length);
    for (let p = 0; p < plane.length; p++) sums[block(p)] += plane[p] * visible[p];
    return sums.map((sum, b) => sum / Math.max(blocks[b], 1));
  });
  const filled = blocks.map((number) => (number > 0 ? 1 : 0));
  means = fillTransparent(means, filled, halfHeight, halfWidth);
  return planes.map((plane, c) =>
    plane.map((value, p) => (visible[p] ? value : means[c][block(p)])),
  );
}
