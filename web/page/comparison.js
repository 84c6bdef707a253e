/**
 * Two pictures over one another: a divider, zoom to pixels, and the strength of the second one.
 */
export class Comparison {
  constructor(page) {
    this.parts = Object.fromEntries(
      ["scroller", "layers", "before", "after", "split", "zoom"].map((id) => [id, page.getElementById(id)]),
    );
    this.zoom = null;
    const { scroller, split } = this.parts;
    split.addEventListener("input", () => this.divide());
    scroller.addEventListener("scroll", () => this.divide());
    new ResizeObserver(() => this.resize()).observe(scroller);
  }

  /** Shows two pictures; the first is enlarged to the size of the second. */
  show(before, after, { width, height }) {
    Object.assign(this, { width, height, zoom: null });
    this.parts.before.src = before;
    this.parts.after.src = after;
    this.parts.scroller.style.aspectRatio = `${width} / ${height}`;
    this.resize();
  }

  /** The mix that a strength stands for: the second picture over the first one. */
  setStrength(strength) {
    this.parts.after.style.opacity = strength;
  }

  fit() {
    this.zoom = null;
    this.resize();
  }

  /** One pixel of the picture on one pixel of the screen. */
  pixel() {
    this.magnify(1 / devicePixelRatio);
  }

  step(factor) {
    this.magnify(this.shown() * factor);
  }

  /** Changes the zoom; what is in the middle stays there. */
  magnify(zoom) {
    const { scroller } = this.parts;
    const old = this.shown();
    const middle = [
      (scroller.scrollLeft + scroller.clientWidth / 2) / old,
      (scroller.scrollTop + scroller.clientHeight / 2) / old,
    ];
    this.zoom = Math.min(Math.max(zoom, Math.min(this.fitting(), 1)), 16);
    this.resize();
    scroller.scrollLeft = middle[0] * this.zoom - scroller.clientWidth / 2;
    scroller.scrollTop = middle[1] * this.zoom - scroller.clientHeight / 2;
    this.divide();
  }

  shown() {
    return this.zoom ?? this.fitting();
  }

  fitting() {
    const { scroller } = this.parts;
    return Math.min(scroller.clientWidth / this.width, scroller.clientHeight / this.height);
  }

  resize() {
    if (!this.width) return;
    const { layers, zoom } = this.parts;
    layers.style.width = `${this.width * this.shown()}px`;
    layers.style.height = `${this.height * this.shown()}px`;
    const percent = this.shown() * devicePixelRatio * 100;
    layers.classList.toggle("pixels", percent >= 200);
    zoom.value = `${Math.round(percent)} %`;
    this.divide();
  }

  /** Cuts the second picture where the divider stands on the screen. */
  divide() {
    const { scroller, layers, after, before, split } = this.parts;
    const place = (split.value / split.max) * scroller.clientWidth;
    const left = layers.getBoundingClientRect().left - scroller.getBoundingClientRect().left;
    const width = layers.clientWidth;
    const cut = Math.min(Math.max(place - left, 0), width);
    after.style.clipPath = `inset(0 0 0 ${cut}px)`;
    before.style.clipPath = after.style.opacity === "1" ? `inset(0 ${width - cut}px 0 0)` : "none";
  }
}
