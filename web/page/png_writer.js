import { SIGNATURE, SAMPLES, paeth } from "./png_file.js";

/**
 * Encodes a picture as PNG, at its depth and with its alpha.
 *
 * @param {{width: number, height: number, samples: number, pixels: Uint8Array | Uint16Array}} picture
 * @param {[string, Uint8Array][]} chunks further ones that stand before the pixels
 * @returns {Promise<Blob>}
 */
export async function writePng({ width, height, samples, pixels }, chunks = []) {
  const bits = 8 * pixels.BYTES_PER_ELEMENT;
  const type = Object.keys(SAMPLES).find((number) => SAMPLES[number] === samples);
  const header = new Uint8Array([...bigEndian(width), ...bigEndian(height), bits, type, 0, 0, 0]);
  const parts = [new Uint8Array(SIGNATURE), ...chunk("IHDR", header)];
  for (const [name, content] of chunks) parts.push(...chunk(name, content));
  const length = (width * samples * bits) / 8;
  let y = 0;
  const rows = new ReadableStream({
    pull(controller) {
      for (const last = Math.min(y + 64, height); y < last; y++) {
        controller.enqueue(filtered(pixels, y, length, (samples * bits) / 8));
      }
      if (y === height) controller.close();
    },
  });
  const reader = rows.pipeThrough(new CompressionStream("deflate")).getReader();
  for (;;) {
    const { value, done } = await reader.read();
    if (done) break;
    parts.push(...chunk("IDAT", value));
  }
  parts.push(...chunk("IEND", new Uint8Array()));
  return new Blob(parts, { type: "image/png" });
}

/** One row behind Paeth's filter, which suits photos. */
function filtered(pixels, y, length, step) {
  const current = rowBytes(pixels, y, length);
  const before = y ? rowBytes(pixels, y - 1, length) : new Uint8Array(length);
  const row = new Uint8Array(length + 1);
  row[0] = 4;
  for (let x = 0; x < length; x++) {
    const left = x >= step ? current[x - step] : 0;
    const corner = x >= step ? before[x - step] : 0;
    row[x + 1] = current[x] - paeth(left, before[x], corner);
  }
  return row;
}

/** The bytes of one row, of two-byte values the high one first. */
function rowBytes(pixels, y, length) {
  const count = length / pixels.BYTES_PER_ELEMENT;
  const row = pixels.subarray(y * count, (y + 1) * count);
  if (row instanceof Uint8Array) return row;
  const bytes = new Uint8Array(length);
  for (let i = 0; i < count; i++) [bytes[2 * i], bytes[2 * i + 1]] = [row[i] >> 8, row[i]];
  return bytes;
}

function chunk(name, content) {
  const body = new Uint8Array(4 + content.length);
  body.set([...name].map((letter) => letter.charCodeAt(0)));
  body.set(content, 4);
  return [bigEndian(content.length), body, bigEndian(crc(body))];
}

function bigEndian(number) {
  return new Uint8Array([number >>> 24, number >>> 16, number >>> 8, number]);
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  for (let bit = 0; bit < 8; bit++) byte = byte & 1 ? 0xedb88320 ^ (byte >>> 1) : byte >>> 1;
  return byte;
});

function crc(bytes) {
  let sum = 0xffffffff;
  for (const byte of bytes) sum = CRC_TABLE[(sum ^ byte) & 255] ^ (sum >>> 8);
  return (sum ^ 0xffffffff) >>> 0;
}
