import { peakOf, toLevel } from "./levels.js";
import { enlargeBicubic } from "./resize_bicubic.js";
import { cut } from "./restore_picture.js";

const BAND = 64;
// Rows on each side that an enlarged row is made of.
const HALO = 3;

/**
 * Mixes a picture, enlarged bicubically if need be, with what was restored of it.
 *
 * @param {import("./picture.js").Picture} picture
 * @param {import("./picture.js").Picture} restored
 * @param {number} strength from 0, the picture, to 1, the restored one
 * @param {number} scale of the restored one
 * @returns {import("./picture.js").Picture}
 */
export function blend(picture, restored, strength, scale) {
  const { width, height } = picture;
  const { colors, samples } = restored;
  const pixels = restored.pixels.slice();
  const peak = peakOf(pixels);
  for (let from = 0; from < height; from += BAND) {
    const top = Math.max(0, from - HALO);
    const rows = Math.min(height, from + BAND + HALO) - top;
    const planes = cut(picture, colors, { top, left: 0, height: rows, width });
    planes.forEach((plane, c) => {
      const large = enlargeBicubic(plane, rows, width, scale);
      const first = (from - top) * scale * width * scale;
      const count = Math.min(BAND, height - from) * scale * width * scale;
      for (let p = 0; p < count; p++) {
        const i = (from * scale * width * scale + p) * samples + c;
        const before = large[first + p];
        pixels[i] = toLevel(before + strength * (pixels[i] / peak - before), peak);
      }
    });
  }
  return { ...restored, pixels };
}
