// Enlarging as MATLAB's imresize does, see keras_restore/ops/resize.py: cubic convolution with
// a = -0.5, the border mirrored with its pixel repeated.

/**
 * Enlarges one plane by an integer factor.
 *
 * @param {Float32Array} plane of `height * width` values
 * @returns {Float32Array} of `factor ** 2` times as many, not clipped
 */
export function enlargeBicubic(plane, height, width, factor) {
  if (factor === 1) return plane;
  const wide = alongRows(plane, height, width, factor);
  const turned = alongRows(transposed(wide, height, width * factor), width * factor, height, factor);
  return transposed(turned, width * factor, height * factor);
}

function alongRows(plane, height, width, factor) {
  const { sources, weights } = taps(width, factor);
  const large = new Float32Array(height * width * factor);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width * factor; x++, i++) {
      let sum = 0;
      for (let t = 4 * x; t < 4 * x + 4; t++) sum += weights[t] * plane[y * width + sources[t]];
      large[i] = sum;
    }
  }
  return large;
}

/** The four pixels that each output pixel is made of, and their weights. */
function taps(length, factor) {
  const sources = new Int32Array(4 * length * factor);
  const weights = new Float64Array(4 * length * factor);
  for (let x = 0; x < length * factor; x++) {
    const center = (x + 0.5) / factor - 0.5;
    const first = Math.floor(center) - 1;
    for (let t = 0; t < 4; t++) {
      sources[4 * x + t] = mirrored(first + t, length);
      weights[4 * x + t] = cubic(Math.abs(center - first - t));
    }
  }
  return { sources, weights };
}

function mirrored(index, length) {
  const place = ((index % (2 * length)) + 2 * length) % (2 * length);
  return place < length ? place : 2 * length - 1 - place;
}

function cubic(x) {
  if (x <= 1) return (1.5 * x - 2.5) * x * x + 1;
  return x <= 2 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : 0;
}

function transposed(plane, height, width) {
  const turned = new Float32Array(plane.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) turned[x * height + y] = plane[y * width + x];
  }
  return turned;
}
