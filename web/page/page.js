import { Comparison } from "./comparison.js";
import { Restorer, Stopped } from "./restorer.js";

// For the service worker, in milliseconds.
const MOST_WAITING = 5000;
const part = (id) => document.getElementById(id);
const comparison = new Comparison(document);
const pictures = [];
let models = [];
let restorer = null;
let current = null;
let busy = false;

start();

async function start() {
  await keepOffline();
  models = await (await fetch("models.json")).json();
  part("model").replaceChildren(...models.map((model) => new Option(model.title, model.name)));
  showSettings();
  restart();
  await restorer.ready.catch(() => {});
  // For use without a network: the service worker keeps what passes.
  if (!navigator.connection?.saveData) for (const model of models) fetch(model.file);
}

/** Waits for the service worker, so that it sees every file that is loaded from now on. */
async function keepOffline() {
  if (!navigator.serviceWorker) return;
  try {
    const { active } = await navigator.serviceWorker.register("service_worker.js");
    if (active) return;
    await new Promise((resolve) => {
      navigator.serviceWorker.addEventListener("controllerchange", resolve, { once: true });
      setTimeout(resolve, MOST_WAITING);
    });
  } catch (error) {
    console.warn(`No use without a network: ${error.message}`);
  }
}

/** A new worker, at the start, after a cancel and after a failure. */
function restart() {
  restorer?.stop();
  restorer = new Restorer(part("engine").value, chosenModel());
  restorer.ready.then(
    ({ engine }) => (part("machine").textContent = `Ready. Computes on the ${engine}.`),
    (error) => error instanceof Stopped || say(`The engine did not start: ${error.message}`),
  );
}

/** The settings that the chosen model has. */
function showSettings() {
  part("sigma-label").hidden = !chosenModel().takes_sigma;
  part("sigma-value").value = part("sigma").value;
}

const chosenModel = () => models.find(({ name }) => name === part("model").value);

/** Queues files; those restored before stay. */
function add(files) {
  say("");
  for (const file of files) {
    const button = document.createElement("button");
    const thumbnail = document.createElement("img");
    const caption = document.createElement("span");
    const picture = { file, address: URL.createObjectURL(file), button, caption, results: new Map() };
    button.type = "button";
    button.title = file.name;
    thumbnail.src = picture.address;
    thumbnail.alt = "";
    caption.textContent = file.name;
    button.append(thumbnail, caption);
    button.addEventListener("click", () => choose(picture));
    const item = document.createElement("li");
    item.append(button);
    part("pictures").append(item);
    pictures.push(picture);
  }
  part("pictures").hidden = pictures.length < 2;
  if (files.length && !busy) choose(pictures.at(-files.length));
}

const isWaiting = (picture) => !picture.failed && !picture.results.has(chosenModel().name);

/** Shows a picture's result, or makes it. */
function choose(picture) {
  current = picture;
  for (const { button } of pictures) button.setAttribute("aria-current", button === picture.button);
  if (picture.results.has(chosenModel().name)) show(picture);
  else {
    picture.failed = false;
    work();
  }
}

/** Restores the current picture, then those that wait. */
async function work() {
  if (busy) return;
  setBusy(true);
  say("");
  for (let next = current; next; next = pictures.find(isWaiting)) {
    const model = chosenModel();
    try {
      const sigma = model.takes_sigma ? part("sigma").valueAsNumber : null;
      const result = await restorer.restore(next.file, model, sigma, report(next));
      next.results.set(model.name, { ...result, model, sigma, address: URL.createObjectURL(result.blob) });
      next.caption.textContent = `✓ ${next.file.name}`;
      if (current === next || !part("view").checkVisibility()) show(next);
    } catch (error) {
      next.failed = true;
      if (error instanceof Stopped) break;
      next.caption.textContent = `${next.file.name}: failed`;
      say(`${next.file.name || "The picture"}: ${error.message}`);
      if (error.message.includes("memory") || error.message.includes("Aborted")) restart();
    }
  }
  setBusy(false);
}

/** What a running restoration tells: size, and progress with the time that is left. */
function report(picture) {
  let begin = performance.now();
  part("progress").removeAttribute("value");
  part("status").textContent = `${picture.file.name}: reading`;
  return ({ opened, progress }) => {
    if (opened) begin = performance.now();
    if (!progress) return;
    const { done, total } = progress;
    const left = ((performance.now() - begin) / done) * (total - done);
    part("progress").value = done / total;
    part("status").textContent =
      done < total ? `Tile ${done} of ${total}, ${time(left)} left` : "Writing the file";
  };
}

function time(milliseconds) {
  const seconds = Math.ceil(milliseconds / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

function setBusy(value) {
  busy = value;
  document.body.classList.toggle("busy", busy);
  part("work").hidden = !busy;
}

function show(picture) {
  current = picture;
  const result = picture.results.get(chosenModel().name);
  document.body.classList.add("shown");
  part("view").hidden = false;
  part("before").alt = `${picture.file.name}, before`;
  part("after").alt = `${picture.file.name}, after: ${result.model.title}`;
  comparison.show(picture.address, result.address, result);
  part("facts").textContent =
    `${result.width} × ${result.height} pixels by ${result.model.name}` +
    `${result.sigma === null ? "" : ` told sigma ${result.sigma}`}, on the ${result.engine}, ` +
    `${Math.round(result.millisecondsPerMegapixel).toLocaleString("en")} ms per megapixel. ` +
    result.notes.join(" ");
  applyStrength();
}

function applyStrength() {
  const strength = part("strength").valueAsNumber;
  part("strength-value").value = `${strength} %`;
  comparison.setStrength(strength / 100);
  comparison.divide();
}

/** Saves the result with the strength that is chosen. */
async function download() {
  const result = current.results.get(chosenModel().name);
  const strength = part("strength").valueAsNumber / 100;
  let { blob } = result;
  if (strength < 1) {
    if (busy) return say("Strength can be mixed in once the other pictures are done.");
    setBusy(true);
    part("progress").removeAttribute("value");
    part("status").textContent = "Writing the file";
    try {
      const { address, model, ...restored } = result;
      ({ blob } = await restorer.blend(current.file, restored, strength, model.upscale));
    } catch (error) {
      return error instanceof Stopped || say(error.message);
    } finally {
      setBusy(false);
    }
  }
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = `${current.file.name.replace(/\.[^.]*$/, "") || "picture"}_restored.png`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

function say(text) {
  part("message").textContent = text;
  part("message").hidden = !text;
}

/** Another setting: what runs now starts again with it. */
function change() {
  showSettings();
  if (busy) restart();
  // The worker that was stopped ends its task first.
  setTimeout(() => current && choose(current));
}

/** Drops results that another setting made, of one model or of all. */
function forget(name) {
  for (const { results } of pictures) {
    for (const [made, { address }] of results) {
      if (name && made !== name) continue;
      URL.revokeObjectURL(address);
      results.delete(made);
    }
  }
}

function cancel() {
  restart();
  say("Cancelled.");
}

part("choose").addEventListener("change", ({ target }) => {
  add([...target.files]);
  target.value = "";
});
part("model").addEventListener("change", change);
part("engine").addEventListener("change", () => {
  forget();
  if (!busy) restart();
  change();
});
part("sigma").addEventListener("input", showSettings);
part("sigma").addEventListener("change", () => {
  forget(chosenModel().name);
  change();
});
part("strength").addEventListener("input", applyStrength);
part("cancel").addEventListener("click", cancel);
part("download").addEventListener("click", download);
part("zoom-fit").addEventListener("click", () => comparison.fit());
part("zoom-pixel").addEventListener("click", () => comparison.pixel());
part("zoom-in").addEventListener("click", () => comparison.step(2));
part("zoom-out").addEventListener("click", () => comparison.step(0.5));

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("select")) return;
  const buttons = { "+": "zoom-in", "=": "zoom-in", "-": "zoom-out", 0: "zoom-fit", 1: "zoom-pixel" };
  if (event.key === "Escape" && busy) cancel();
  else if (event.key in buttons && !part("view").hidden) part(buttons[event.key]).click();
});

document.addEventListener("paste", ({ clipboardData }) => add([...clipboardData.files]));
document.addEventListener("dragover", (event) => {
  event.preventDefault();
  part("drop").classList.add("over");
});
document.addEventListener("dragleave", () => part("drop").classList.remove("over"));
document.addEventListener("drop", (event) => {
  event.preventDefault();
  part("drop").classList.remove("over");
  add([...event.dataTransfer.files]);
});
