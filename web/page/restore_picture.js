import { rgbToYcbcr, ycbcrToRgb } from "./color.js";
import { peakOf, rint, toLevel } from "./levels.js";
import { enlargeBicubic } from "./resize_bicubic.js";
import { spans } from "./tiling.js";
import { fillTransparent } from "./transparency.js";

/**
 * Restores a picture window by window, with the result of the whole picture.
 *
 * @param {import("./picture.js").Picture} picture
 * @param {object} model a row of models.json
 * @param {import("./network.js").Network} network
 * @param {{height: number, width: number}} size of the windows
 * @param {(done: number, total: number) => void} progress called after each window
 * @returns {Promise<import("./picture.js").Picture & {exact: Int16Array | Float32Array}>} `exact`
 *     holds the samples before they are clipped and rounded, in steps of `stepsOf(exact)`
 */
export async function restorePicture(picture, model, network, size, progress) {
  const { width, height, alpha, chunks } = picture;
  const scale = model.upscale;
  const colors = Math.max(picture.colors, model.channels);
  const samples = colors + alpha;
  const pixels = new picture.pixels.constructor(width * height * scale ** 2 * samples);
  const exact = new (peakOf(pixels) === 255 ? Int16Array : Float32Array)(pixels.length);
  const restored = { width: width * scale, height: height * scale, colors, samples, alpha };
  Object.assign(restored, { pixels, exact, chunks });
  const source = alpha ? withoutHidden(picture) : picture;
  const rows = spans(height, size.height, model);
  const columns = spans(width, size.width, model);
  let done = 0;
  for (const down of rows) {
    for (const across of columns) {
      const window = { top: down.start, left: across.start, ...size };
      const planes = await restoreWindow(cut(source, colors, window), size, model, network);
      if (alpha) {
        const opacity = plane(source, picture.colors, window);
        planes.push(enlargeBicubic(opacity, size.height, size.width, scale));
      }
      store(restored, planes, window, down, across, scale);
      done += 1;
      progress(done, rows.length * columns.length);
    }
  }
  if (alpha && scale === 1) putBackHidden(restored, picture);
  return restored;
}

/** Steps per grey level. */
export const stepsOf = (exact) => (exact instanceof Int16Array ? 64 : 1);

/** A gray network restores the luma alone, or every channel. */
async function restoreWindow(planes, { height, width }, model, network) {
  const scale = model.upscale;
  const enlarge = (values) => enlargeBicubic(values, height, width, scale);
  const run = (values) => network.run(values.map(enlarge), height * scale, width * scale);
  if (network.channels === planes.length) return run(planes);
  if (model.color === "luma") {
    const [luma, ...chroma] = rgbToYcbcr(planes);
    return ycbcrToRgb([...(await run([luma])), ...chroma.map(enlarge)]);
  }
  const restored = [];
  for (const values of planes) restored.push(...(await run([values])));
  return restored;
}

/** The colour planes of a window, in [0, 1]; gray is repeated for a colour network. */
export function cut(picture, colors, window) {
  return Array.from({ length: colors }, (_, c) =>
    plane(picture, Math.min(c, picture.colors - 1), window),
  );
}

function plane({ pixels, width, samples }, sample, window) {
  const peak = peakOf(pixels);
  const values = new Float32Array(window.height * window.width);
  for (let y = 0, i = 0; y < window.height; y++) {
    let from = ((window.top + y) * width + window.left) * samples + sample;
    for (let x = 0; x < window.width; x++, i++, from += samples) values[i] = pixels[from] / peak;
  }
  return values;
}

/** Writes the wanted pixels of a window into the result. */
function store({ pixels, exact, width, samples }, planes, window, down, across, scale) {
  const peak = peakOf(pixels);
  const steps = stepsOf(exact);
  const wide = window.width * scale;
  planes.forEach((values, sample) => {
    for (let y = down.from * scale; y < down.to * scale; y++) {
      let from = (y - window.top * scale) * wide + (across.from - window.left) * scale;
      for (let x = across.from * scale; x < across.to * scale; x++, from++) {
        const i = (y * width + x) * samples + sample;
        pixels[i] = toLevel(values[from], peak);
        exact[i] = Math.round(values[from] * peak * steps);
      }
    }
  });
}

function withoutHidden(picture) {
  const { width, height, colors, samples, pixels } = picture;
  const count = width * height;
  const levels = (sample) => Float32Array.from({ length: count }, (_, p) => pixels[p * samples + sample]);
  const visible = levels(colors).map((value) => (value > 0 ? 1 : 0));
  const planes = Array.from({ length: colors }, (_, c) => levels(c));
  const filled = fillTransparent(planes, visible, height, width);
  if (filled === planes) return picture;
  const copy = pixels.slice();
  for (let p = 0; p < count; p++) {
    for (let c = 0; c < colors; c++) if (!visible[p]) copy[p * samples + c] = rint(filled[c][p]);
  }
  return { ...picture, pixels: copy };
}

function putBackHidden(restored, picture) {
  for (let p = 0; p < picture.width * picture.height; p++) {
    if (picture.pixels[p * picture.samples + picture.colors] !== 0) continue;
    for (let c = 0; c < restored.colors; c++) {
      const level = picture.pixels[p * picture.samples + Math.min(c, picture.colors - 1)];
      const i = p * restored.samples + c;
      restored.pixels[i] = level;
      restored.exact[i] = level * stepsOf(restored.exact);
    }
  }
}
