// A classic worker, because LiteRT's loader calls importScripts; all else are modules.

const modules = Promise.all([
  import("./blend.js"),
  import("./network.js"),
  import("./picture.js"),
  import("./png_writer.js"),
  import("./restore_picture.js"),
  import("./tiling.js"),
]).then((loaded) => Object.assign({}, ...loaded));

const files = new Map();
let engine = null;
let network = null;

const tasks = {
  /** Starts the engine, and fetches a model, before the first picture comes. */
  async start({ engine: wanted, threads, model }) {
    const { startEngine } = await modules;
    engine = await startEngine(wanted, threads);
    await fileOf(model);
    return { engine: engine.description };
  },

  /** Restores a file to a PNG file. */
  async restore({ file, model, sigma }) {
    const { openPicture, restorePicture, writePng } = await modules;
    const picture = await openPicture(file);
    const { width, height } = picture;
    const notes = [...picture.notes];
    const size = await prepare(model, sigma, picture, notes);
    postMessage({ opened: { width, height } });
    const start = performance.now();
    const progress = (done, total) => postMessage({ progress: { done, total } });
    const restored = await restorePicture(picture, model, network, size, progress);
    const milliseconds = performance.now() - start;
    const { pixels, exact, ...rest } = restored;
    return {
      ...rest,
      blob: await writePng(restored, restored.chunks),
      // A browser may keep it on the disk.
      exact: new Blob([exact]),
      notes,
      engine: network.engine.description,
      millisecondsPerMegapixel: (milliseconds / (width * height)) * 1e6,
    };
  },

  /** A PNG file between a file and what was restored of it. */
  async blend({ file, restored, strength, scale }) {
    const { blend, openPicture, writePng } = await modules;
    const picture = await openPicture(file);
    const Values = picture.pixels instanceof Uint8Array ? Int16Array : Float32Array;
    const exact = new Values(await restored.exact.arrayBuffer());
    const mixed = blend(picture, { ...restored, exact }, strength, scale);
    return { blob: await writePng(mixed, mixed.chunks) };
  },
};

/** Makes the network ready for a picture, and chooses the size of its windows. */
async function prepare(model, sigma, picture, notes) {
  const { Network, chooseWindow, processor } = await modules;
  if (network?.name !== model.name) {
    network?.delete();
    network = new Network(await fileOf(model), model, engine);
  }
  network.sigma = sigma;
  const mostPixels = network.mostPixels / model.upscale ** 2;
  const size = chooseWindow(picture.height, picture.width, model, mostPixels);
  if (await network.isRight(size.height * model.upscale, size.width * model.upscale)) return size;
  notes.push("The graphics card computes this network wrongly, so the processor did it.");
  network.delete();
  engine = processor(engine.threads);
  network = null;
  return prepare(model, sigma, picture, notes);
}

async function fileOf(model) {
  if (!files.has(model.file)) {
    const response = await fetch(model.file);
    if (!response.ok) throw new Error("The model could not be loaded. Is the network gone?");
    files.set(model.file, new Uint8Array(await response.arrayBuffer()));
  }
  return files.get(model.file);
}

onmessage = async ({ data: { task, ...values } }) => {
  try {
    postMessage({ result: await tasks[task](values) });
  } catch (error) {
    postMessage({ error: error.message });
  }
};
