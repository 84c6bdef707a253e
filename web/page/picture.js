import { readMetadata } from "./metadata.js";
import { pngChunks, readPng } from "./png_reader.js";

// Beyond this a page's memory does not hold a picture, its result and the files of both.
const MOST_PIXELS = 100_000_000;
const BAND_PIXELS = 1_000_000;
const WIDEST_CANVAS = 4096;

/**
 * @typedef {object} Picture
 * @property {number} width
 * @property {number} height
 * @property {number} colors 1 or 3
 * @property {boolean} alpha whether an alpha sample follows the colours
 * @property {number} samples per pixel
 * @property {Uint8Array | Uint16Array} pixels row by row, upright
 * @property {[string, Uint8Array][]} chunks see `Metadata`
 * @property {string[]} notes what could not be kept, in sentences
 */

/**
 * Reads a picture's file: PNG at its depth, anything else as the browser decodes it, its colours
 * as they are in the file.
 *
 * @param {Blob} file
 * @returns {Promise<Picture>}
 */
export async function openPicture(file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  const metadata = await readMetadata(bytes);
  if (metadata.size) checkSize(metadata.size);
  const chunks = pngChunks(bytes);
  const decoded = (chunks && (await readPng(chunks))) ?? (await decode(new Blob([bytes]), metadata.gray));
  const upright = turned(decoded, metadata.orientation);
  const alpha = upright.samples % 2 === 0;
  const { chunks: kept, notes } = metadata;
  return { ...upright, alpha, colors: upright.samples - alpha, chunks: kept, notes };
}

function checkSize({ width, height }) {
  if (width * height > MOST_PIXELS) {
    const millions = Math.round((width * height) / 1e6);
    throw new Error(
      `The picture has ${millions} megapixels; a page can hold ${MOST_PIXELS / 1e6}. ` +
        "The command `keras-restore restore` has no limit.",
    );
  }
}

async function decode(file, gray) {
  let bitmap;
  try {
    bitmap = await createImageBitmap(file, {
      colorSpaceConversion: "none",
      premultiplyAlpha: "none",
    });
  } catch {
    throw new Error("This is not a picture that your browser can read, or it is damaged.");
  }
  checkSize(bitmap);
  const rgba = readBitmap(bitmap);
  bitmap.close();
  const { width, height } = rgba;
  let opaque = true;
  for (let i = 3; i < rgba.pixels.length && opaque; i += 4) opaque = rgba.pixels[i] === 255;
  if (!opaque) return rgba;
  const samples = gray ? 1 : 3;
  const pixels = new Uint8Array(width * height * samples);
  for (let p = 0; p < width * height; p++) {
    for (let s = 0; s < samples; s++) pixels[p * samples + s] = rgba.pixels[4 * p + s];
  }
  return { width, height, samples, pixels };
}

/** The pixels of a bitmap, through canvases of a size that every browser has. */
function readBitmap(bitmap) {
  const { width, height } = bitmap;
  const pixels = new Uint8Array(4 * width * height);
  const wide = Math.min(width, WIDEST_CANVAS);
  const tall = Math.min(height, Math.ceil(BAND_PIXELS / wide));
  const canvas = new OffscreenCanvas(wide, tall);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  for (let top = 0; top < height; top += tall) {
    for (let left = 0; left < width; left += wide) {
      context.clearRect(0, 0, wide, tall);
      context.drawImage(bitmap, -left, -top);
      const rows = Math.min(tall, height - top);
      const columns = Math.min(wide, width - left);
      const { data } = context.getImageData(0, 0, columns, rows);
      for (let y = 0; y < rows; y++) {
        const row = data.subarray(4 * y * columns, 4 * (y + 1) * columns);
        pixels.set(row, 4 * ((top + y) * width + left));
      }
    }
  }
  return { width, height, samples: 4, pixels };
}

/** Pixels turned upright (EXIF 2.3, tag 0x0112). */
function turned(picture, orientation) {
  if (orientation === 1) return picture;
  const { width, height, samples, pixels } = picture;
  const swapped = orientation >= 5;
  const [wide, tall] = swapped ? [height, width] : [width, height];
  const upright = new pixels.constructor(pixels.length);
  for (let y = 0, i = 0; y < tall; y++) {
    for (let x = 0; x < wide; x++) {
      const across = [2, 3, 6, 7].includes(orientation) ? wide - 1 - x : x;
      const down = [3, 4, 7, 8].includes(orientation) ? tall - 1 - y : y;
      const from = (swapped ? across * width + down : down * width + across) * samples;
      for (let s = 0; s < samples; s++, i++) upright[i] = pixels[from + s];
    }
  }
  return { width: wide, height: tall, samples, pixels: upright };
}
