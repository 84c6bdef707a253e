// What a file says beside its pixels, and how a PNG file says it.

import { through } from "./png_file.js";
import { pngChunks, pngHeader } from "./png_reader.js";

// Chunks of a PNG file that describe its pixels and outlive a restoration.
const KEPT_CHUNKS = ["iCCP", "sRGB", "gAMA", "cHRM", "cICP", "pHYs"];
const ORIENTATION = 0x0112;
const INCHES_PER_METER = 39.3701;
const ascii = (bytes) => String.fromCharCode(...bytes);

/**
 * @typedef {object} Metadata
 * @property {[string, Uint8Array][]} chunks the PNG chunks that keep colour profile, resolution
 *     and EXIF
 * @property {number} orientation of EXIF, 1 to 8
 * @property {string[]} notes what could not be kept, in sentences
 * @property {boolean} gray whether the file holds gray pixels
 * @property {{width: number, height: number} | null} size where the header says it
 */

/**
 * Reads a file's metadata, and makes its EXIF say that it is upright: browsers turn some kinds of
 * files and not others, so none shall.
 *
 * @param {Uint8Array} bytes of a picture's file, changed in place
 * @returns {Promise<Metadata>}
 */
export async function readMetadata(bytes) {
  const png = pngChunks(bytes);
  if (png) return metadataOfPng(png);
  if (bytes[0] === 0xff && bytes[1] === 0xd8) return metadataOfJpeg(bytes);
  if (ascii(bytes.subarray(8, 12)) === "WEBP") return metadataOfWebp(bytes);
  return described({ notes: ["Colour profile and EXIF of this kind of file are not kept."] });
}

function metadataOfPng(chunks) {
  const { width, height, samples } = pngHeader(chunks);
  const kept = KEPT_CHUNKS.filter((name) => chunks.has(name));
  return described({
    chunks: kept.map((name) => [name, chunks.get(name)[0]]),
    exif: chunks.get("eXIf")?.[0],
    gray: samples < 3,
    size: { width, height },
  });
}

async function metadataOfJpeg(bytes) {
  const profile = [];
  const found = { chunks: [], notes: [] };
  for (const [marker, content] of jpegSegments(bytes)) {
    const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
    if (marker === 0xe0 && ascii(content.subarray(0, 4)) === "JFIF" && content[7]) {
      const perMeter = content[7] === 1 ? INCHES_PER_METER : 100;
      const sides = [8, 10].map((place) => Math.round(view.getUint16(place) * perMeter));
      found.chunks.push(["pHYs", new Uint8Array([...sides.flatMap(bigEndian), 1])]);
    } else if (marker === 0xe1 && ascii(content.subarray(0, 4)) === "Exif") {
      found.exif ??= content.subarray(6);
    } else if (marker === 0xe2 && ascii(content.subarray(0, 11)) === "ICC_PROFILE") {
      profile[content[12]] = content.subarray(14);
    } else if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) {
      found.size = { width: view.getUint16(3), height: view.getUint16(1) };
      found.gray = content[5] === 1;
    }
  }
  if (profile.length) Object.assign(found, await withProfile(found, join(profile.filter(Boolean))));
  return described(found);
}

function* jpegSegments(bytes) {
  for (let place = 2; place + 4 <= bytes.length && bytes[place] === 0xff; ) {
    const marker = bytes[place + 1];
    if (marker === 0xda) return;
    const length = (bytes[place + 2] << 8) | bytes[place + 3];
    yield [marker, bytes.subarray(place + 4, place + 2 + length)];
    place += 2 + length;
  }
}

async function metadataOfWebp(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let found = { chunks: [], notes: [] };
  for (let place = 12; place + 8 <= bytes.length; ) {
    const length = view.getUint32(place + 4, true);
    const content = bytes.subarray(place + 8, place + 8 + length);
    const name = ascii(bytes.subarray(place, place + 4));
    if (name === "ICCP") found = await withProfile(found, content);
    if (name === "EXIF") {
      found.exif = ascii(content.subarray(0, 4)) === "Exif" ? content.subarray(6) : content;
    }
    place += 8 + length + (length % 2);
  }
  return described(found);
}

/** Adds an ICC profile, if it is of the colours that the pixels have (not CMYK). */
async function withProfile(found, profile) {
  if (ascii(profile.subarray(16, 20)) !== (found.gray ? "GRAY" : "RGB ")) {
    const note = "Its colour profile is of other colours than the result's and was left out.";
    return { ...found, notes: [...found.notes, note] };
  }
  const name = [..."ICC profile"].map((letter) => letter.charCodeAt(0));
  const content = await through(new CompressionStream("deflate"), profile);
  const chunk = ["iCCP", new Uint8Array([...name, 0, 0, ...content])];
  return { ...found, chunks: [...found.chunks, chunk] };
}

function described({ chunks = [], notes = [], exif = null, gray = false, size = null }) {
  if (!exif) return { chunks, notes, orientation: 1, gray, size };
  const orientation = takeOrientation(exif);
  return { chunks: [...chunks, ["eXIf", exif]], notes, orientation, gray, size };
}

/** Sets the orientation of EXIF to upright (EXIF 2.3, tag 0x0112), and cuts off its preview. */
function takeOrientation(exif) {
  const view = new DataView(exif.buffer, exif.byteOffset, exif.byteLength);
  let orientation = 1;
  try {
    const little = ascii(exif.subarray(0, 2)) === "II";
    const directory = view.getUint32(4, little);
    const count = view.getUint16(directory, little);
    for (let place = directory + 2; place < directory + 2 + 12 * count; place += 12) {
      if (view.getUint16(place, little) !== ORIENTATION) continue;
      orientation = view.getUint16(place + 8, little);
      view.setUint16(place + 8, 1, little);
    }
    view.setUint32(directory + 2 + 12 * count, 0, little);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  return orientation >= 1 && orientation <= 8 ? orientation : 1;
}

const bigEndian = (number) => [number >>> 24, number >>> 16, number >>> 8, number].map((n) => n & 255);

function join(parts) {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let place = 0;
  for (const part of parts) {
    joined.set(part, place);
    place += part.length;
  }
  return joined;
}
