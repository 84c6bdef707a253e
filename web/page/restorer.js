/** The worker as promises; one task at a time. */
export class Restorer {
  /**
   * @param {"auto" | "wasm" | "webgpu"} engine
   * @param {object} model a row of models.json, fetched at once
   */
  constructor(engine, model) {
    this.worker = new Worker("worker.js");
    this.ready = this.ask({ task: "start", engine, model });
  }

  /**
   * @param {Blob} file
   * @param {object} model
   * @param {number | null} sigma of the noise, for a model that is told it
   * @param {(message: object) => void} onMessage called with `{opened}` and `{progress}`
   */
  async restore(file, model, sigma, onMessage) {
    await this.ready;
    return this.ask({ task: "restore", file, model, sigma }, onMessage);
  }

  /** A PNG file between a picture and its result. */
  async blend(file, restored, strength, scale) {
    await this.ready;
    return this.ask({ task: "blend", file, restored, strength, scale });
  }

  /** Ends the worker and whatever it does. */
  stop() {
    this.worker.terminate();
    this.reject?.(new Stopped());
  }

  ask(message, onMessage) {
    return new Promise((resolve, reject) => {
      this.reject = reject;
      this.worker.onerror = (event) => reject(new Error(event.message || "The worker failed."));
      this.worker.onmessage = ({ data }) => {
        if ("result" in data) resolve(data.result);
        else if ("error" in data) reject(new Error(data.error));
        else onMessage?.(data);
      };
      this.worker.postMessage(message);
    });
  }
}

export class Stopped extends Error {}
