import { Tensor, getWebGpuDevice, loadAndCompile, loadLiteRt } from "./litert/core.js";
import { withFixedSize } from "./fixed_size.js";

const LITERT = new URL("./litert/wasm/", import.meta.url).href;
const MOST_THREADS = 8;
const GREY_LEVEL = 1 / 255;
// Pixels on a line that are compared.
const MIDDLE = 16;
// What a window may have: a network of 64 filters takes 9.5 kB per pixel on the processor.
const MOST_PIXELS = { wasm: 256 * 256, webgpu: 512 * 512 };

/**
 * Starts LiteRT: with threads where the page is isolated from others, and on the graphics card
 * where there is one with float16.
 *
 * @param {"auto" | "wasm" | "webgpu"} wanted
 * @param {number} [threads] that WebAssembly may use
 * @returns {Promise<{accelerator: "wasm" | "webgpu", threads: number, description: string}>}
 */
export async function startEngine(wanted, threads = navigator.hardwareConcurrency) {
  threads = self.crossOriginIsolated ? Math.min(threads, MOST_THREADS) : 1;
  // Emscripten looks for its files beside the worker otherwise.
  self.Module = {
    locateFile: (name) => LITERT + name,
    mainScriptUrlOrBlob: `${LITERT}litert_wasm_threaded_internal.js`,
  };
  try {
    await loadLiteRt(LITERT, { threads: threads > 1 });
  } catch (error) {
    if (threads === 1) throw error;
    // A browser without relaxed SIMD has no threads in LiteRT.
    threads = 1;
    await loadLiteRt(LITERT);
  }
  const device = getWebGpuDevice();
  const float16 = device?.features.has("shader-f16");
  const fast = float16 && !device.adapterInfo?.isFallbackAdapter;
  if (device && (wanted === "webgpu" || (wanted === "auto" && fast))) {
    const precision = float16 ? "float16" : "float32";
    return { accelerator: "webgpu", threads, description: `graphics card (WebGPU, ${precision})` };
  }
  return processor(threads);
}

/** The engine that every browser has. */
export function processor(threads) {
  const count = threads === 1 ? "1 thread" : `${threads} threads`;
  return { accelerator: "wasm", threads, description: `processor (WebAssembly, ${count})` };
}

/** A LiteRT file of any size, compiled for the window that runs. */
export class Network {
  /**
   * @param {Uint8Array} file
   * @param {object} model a row of models.json
   * @param {{accelerator: string, threads: number, description: string}} engine what
   *     `startEngine` returned
   */
  constructor(file, model, engine) {
    Object.assign(this, { file, engine, name: model.name, channels: model.channels });
    this.reach = model.halo * model.upscale;
    // Of the noise, in grey levels, for a network that is told it.
    this.sigma = null;
    this.size = null;
    this.trusted = engine.accelerator === "wasm" ? null : new Set();
  }

  get mostPixels() {
    return MOST_PIXELS[this.engine.accelerator];
  }

  /**
   * @param {Float32Array[]} planes one for each channel
   * @returns {Promise<Float32Array[]>} the restored ones
   */
  async run(planes, height, width) {
    await this.compile(height, width);
    const inputs = [new Tensor(interleaved(planes), [1, height, width, this.channels])];
    if (this.sigma !== null) inputs.push(new Tensor(Float32Array.of(this.sigma), [1, 1, 1, 1]));
    const [output] = await this.compiled.run(inputs);
    const restored = separated(await output.data(), this.channels);
    for (const tensor of [...inputs, output]) tensor.delete();
    return restored;
  }

  async compile(height, width) {
    const size = `${height}x${width}`;
    if (this.size === size) return;
    this.delete();
    const isWebGpu = this.engine.accelerator === "webgpu";
    const float16 = isWebGpu && getWebGpuDevice().features.has("shader-f16");
    this.compiled = await loadAndCompile(withFixedSize(this.file, height, width), {
      accelerator: this.engine.accelerator,
      cpuOptions: { numThreads: this.engine.threads },
      gpuOptions: { precision: float16 ? "fp16" : "fp32" },
    });
    this.size = size;
  }

  /**
   * Whether the graphics card computes windows of a size as the processor does: drivers fail
   * without a word. The middle of a window needs no more of it than the halo around.
   */
  async isRight(height, width) {
    const size = `${height}x${width}`;
    if (!this.trusted || this.trusted.has(size)) return true;
    try {
      const noise = Array.from({ length: this.channels }, () =>
        new Float32Array(height * width).map(() => Math.random()),
      );
      const [restored] = await this.run(noise, height, width);
      const rows = middle(height, this.reach);
      const columns = middle(width, this.reach);
      const part = noise.map((plane) => crop(plane, width, rows, columns));
      const processor = new Network(this.file, { channels: this.channels }, { ...this.engine, accelerator: "wasm" });
      processor.sigma = this.sigma;
      const [expected] = await processor.run(part, rows.length, columns.length);
      processor.delete();
      const y = rows.length >> 1;
      const x = columns.length >> 1;
      for (let d = -MIDDLE / 2; d < MIDDLE / 2; d++) {
        const got = restored[(rows.start + y) * width + columns.start + x + d];
        if (!(Math.abs(got - expected[y * columns.length + x + d]) < GREY_LEVEL)) return false;
      }
    } catch (error) {
      console.warn(`The graphics card cannot run this: ${error.message}`);
      return false;
    }
    this.trusted.add(size);
    return true;
  }

  delete() {
    this.compiled?.delete();
    this.compiled = this.size = null;
  }
}

/** Enough of an axis to compute its middle. */
function middle(side, reach) {
  const length = Math.min(side, 2 * reach + MIDDLE);
  return { start: (side - length) >> 1, length };
}

function crop(plane, width, rows, columns) {
  const part = new Float32Array(rows.length * columns.length);
  for (let y = 0; y < rows.length; y++) {
    const from = (rows.start + y) * width + columns.start;
    part.set(plane.subarray(from, from + columns.length), y * columns.length);
  }
  return part;
}

function interleaved(planes) {
  const count = planes.length;
  const values = new Float32Array(count * planes[0].length);
  planes.forEach((plane, c) => {
    for (let p = 0; p < plane.length; p++) values[count * p + c] = plane[p];
  });
  return values;
}

function separated(values, count) {
  return Array.from({ length: count }, (_, c) => {
    const plane = new Float32Array(values.length / count);
    for (let p = 0; p < plane.length; p++) plane[p] = values[count * p + c];
    return plane;
  });
}
