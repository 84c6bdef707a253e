import { peakOf, toLevel } from "./levels.js";
import { enlargeBicubic } from "./resize_bicubic.js";
import { cut, stepsOf } from "./restore_picture.js";

const BAND = 64;
// Rows on each side that an enlarged row is made of.
const HALO = 3;

/**
 * Mixes a picture, enlarged bicubically if need be, with what was restored of it.
 *
 * @param {import("./picture.js").Picture} picture
 * @param {object} restored what `restorePicture` returned, without its `pixels`
 * @param {number} strength from 0, the picture, to 1, the restored one
 * @param {number} scale of the restored one
 * @returns {import("./picture.js").Picture}
 */
export function blend(picture, restored, strength, scale) {
  const { width, height } = picture;
  const { colors, samples, exact } = restored;
  const peak = peakOf(picture.pixels);
  const whole = peak * stepsOf(exact);
  const pixels = new picture.pixels.constructor(exact.length);
  for (let from = 0; from < height; from += BAND) {
    const top = Math.max(0, from - HALO);
    const rows = Math.min(height, from + BAND + HALO) - top;
    const planes = cut(picture, colors, { top, left: 0, height: rows, width });
    const first = (from - top) * scale * width * scale;
    const count = Math.min(BAND, height - from) * scale * width * scale;
    for (let c = 0; c < samples; c++) {
      const large = c < colors && enlargeBicubic(planes[c], rows, width, scale);
      for (let p = 0; p < count; p++) {
        const i = (from * scale * width * scale + p) * samples + c;
        const after = exact[i] / whole;
        const before = large ? large[first + p] : after;
        pixels[i] = toLevel(before + strength * (after - before), peak);
      }
    }
  }
  return { ...restored, pixels };
}
