import { SAMPLES, SIGNATURE, paeth } from "./png_file.js";

/**
 * The chunks of a PNG file, by name; those of several parts joined.
 *
 * @param {Uint8Array} bytes
 * @returns {Map<string, Uint8Array[]> | null} null if it is no PNG file
 */
export function pngChunks(bytes) {
  if (SIGNATURE.some((byte, i) => bytes[i] !== byte)) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const chunks = new Map();
  for (let place = 8; place + 12 <= bytes.length; ) {
    const length = view.getUint32(place);
    const name = String.fromCharCode(...bytes.subarray(place + 4, place + 8));
    const content = bytes.subarray(place + 8, place + 8 + length);
    chunks.set(name, [...(chunks.get(name) ?? []), content]);
    place += 12 + length;
  }
  return chunks;
}

/** Width, height, bits, colour type and interlacing, of a PNG file's chunks. */
export function pngHeader(chunks) {
  const [header] = chunks.get("IHDR") ?? [];
  if (header?.length !== 13) throw new Error("The file is damaged: it has no header.");
  const view = new DataView(header.buffer, header.byteOffset);
  return {
    width: view.getUint32(0),
    height: view.getUint32(4),
    bits: header[8],
    samples: SAMPLES[header[9]],
    interlaced: header[12] === 1,
  };
}

/**
 * Decodes the pixels of a PNG file at its depth. (A canvas has 8 bits, and multiplies colours by
 * alpha.)
 *
 * @param {Map<string, Uint8Array[]>} chunks
 * @returns {Promise<{width: number, height: number, samples: number,
 *     pixels: Uint8Array | Uint16Array} | null>} null for palettes, colour keys, fewer than 8 bits
 *     and interlaced files, which browsers read exactly enough
 */
export async function readPng(chunks) {
  const { width, height, bits, samples, interlaced } = pngHeader(chunks);
  if (!samples || bits < 8 || interlaced || chunks.has("tRNS")) return null;
  const step = (samples * bits) / 8;
  const data = new Uint8Array(height * width * step);
  const stream = new Blob(chunks.get("IDAT") ?? []).stream();
  const reader = stream.pipeThrough(new DecompressionStream("deflate")).getReader();
  const row = new Uint8Array(width * step + 1);
  let rows = 0;
  for (let filled = 0; rows < height; ) {
    const { value, done } = await reader.read().catch(() => ({ done: true }));
    if (done) throw new Error("The file is damaged: its pixels end too early.");
    for (let place = 0; place < value.length && rows < height; ) {
      const count = Math.min(row.length - filled, value.length - place);
      row.set(value.subarray(place, place + count), filled);
      place += count;
      filled += count;
      if (filled < row.length) break;
      unfilter(row, data, rows, step);
      rows += 1;
      filled = 0;
    }
  }
  await reader.cancel().catch(() => {});
  return { width, height, samples, pixels: bits === 8 ? data : fromBigEndian(data) };
}

/** Undoes the filter of one row (Sec. 9.2) and stores it. */
function unfilter(row, data, y, step) {
  const length = row.length - 1;
  const start = y * length;
  for (let x = 0; x < length; x++) {
    const left = x >= step ? data[start + x - step] : 0;
    const above = y ? data[start + x - length] : 0;
    const corner = x >= step && y ? data[start + x - step - length] : 0;
    const guess = [0, left, above, (left + above) >> 1, 0][row[0]];
    data[start + x] = row[x + 1] + (row[0] === 4 ? paeth(left, above, corner) : guess);
  }
}

function fromBigEndian(bytes) {
  const values = new Uint16Array(bytes.length / 2);
  for (let i = 0; i < values.length; i++) values[i] = (bytes[2 * i] << 8) | bytes[2 * i + 1];
  return values;
}
