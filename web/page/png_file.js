// What reading and writing PNG files share (PNG specification, third edition).

export const SIGNATURE = [137, 80, 78, 71, 13, 10, 26, 10];
// Samples per pixel by colour type: gray, RGB, gray with alpha, RGBA. Palettes are not here.
export const SAMPLES = { 0: 1, 2: 3, 4: 2, 6: 4 };

/** Paeth's predictor (Sec. 9.4) of a byte from its neighbours left, above, and above left. */
export function paeth(left, above, corner) {
  const toLeft = Math.abs(above - corner);
  const toAbove = Math.abs(left - corner);
  const toCorner = Math.abs(left + above - 2 * corner);
  if (toLeft <= toAbove && toLeft <= toCorner) return left;
  return toAbove <= toCorner ? above : corner;
}

/** Runs bytes through a `CompressionStream` or a `DecompressionStream`. */
export async function through(stream, bytes) {
  const piped = new Blob([bytes]).stream().pipeThrough(stream);
  return new Uint8Array(await new Response(piped).arrayBuffer());
}
