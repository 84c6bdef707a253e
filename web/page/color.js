// BT.601 as MATLAB's rgb2ycbcr and ycbcr2rgb, see keras_restore/ops/color.py.

const FROM_RGB = [
  [65.481 / 255, 128.553 / 255, 24.966 / 255],
  [-37.797 / 255, -74.203 / 255, 112 / 255],
  [112 / 255, -93.786 / 255, -18.214 / 255],
];
const OFFSET = [16 / 255, 128 / 255, 128 / 255];
const TO_RGB = inverse(FROM_RGB);

/** Planes of red, green and blue to planes of Y, Cb and Cr. */
export function rgbToYcbcr(planes) {
  return multiply(FROM_RGB, planes, [0, 0, 0], OFFSET);
}

/** The inverse of `rgbToYcbcr`; nothing is clipped. */
export function ycbcrToRgb(planes) {
  return multiply(TO_RGB, planes, OFFSET, [0, 0, 0]);
}

function multiply(matrix, [first, second, third], before, after) {
  return matrix.map((row, i) => {
    const plane = new Float32Array(first.length);
    for (let p = 0; p < plane.length; p++) {
      plane[p] =
        row[0] * (first[p] - before[0]) +
        row[1] * (second[p] - before[1]) +
        row[2] * (third[p] - before[2]) +
        after[i];
    }
    return plane;
  });
}

/** Of a 3x3 matrix: cross products of its rows, over the determinant. */
function inverse([a, b, c]) {
  const cross = (u, v) => [
    u[1] * v[2] - u[2] * v[1],
    u[2] * v[0] - u[0] * v[2],
    u[0] * v[1] - u[1] * v[0],
  ];
  const columns = [cross(b, c), cross(c, a), cross(a, b)];
  const determinant = a.reduce((sum, value, i) => sum + value * columns[0][i], 0);
  return [0, 1, 2].map((i) => columns.map((column) => column[i] / determinant));
}
