"use strict";

// An image that was decoded: its grey levels, and a canvas with what the window makes of them.
class GreyImage {
  static async decode(base64) {
    const picture = new Image();
    picture.src = "data:image/png;base64," + base64;
    await picture.decode();
    return new GreyImage(picture);
  }

  constructor(picture) {
    this.width = picture.naturalWidth;
    this.height = picture.naturalHeight;
    this.canvas = document.createElement("canvas");
    this.canvas.width = this.width;
    this.canvas.height = this.height;
    this.context = this.canvas.getContext("2d", { willReadFrequently: true });
    this.context.drawImage(picture, 0, 0);
    this.pixels = this.context.getImageData(0, 0, this.width, this.height);
    this.levels = this.pixels.data.filter((_, i) => i % 4 === 0); // grey: red, green and blue are equal
  }

  // Grey levels from level - window / 2 to level + window / 2 become black to white.
  applyWindow(window, level) {
    const shown = Uint8ClampedArray.from({ length: 256 }, (_, grey) => ((grey - level) / window + 0.5) * 255);
    const data = this.pixels.data;
    this.levels.forEach((grey, i) => { data[4 * i] = data[4 * i + 1] = data[4 * i + 2] = shown[grey]; });
    this.context.putImageData(this.pixels, 0, 0);
  }
}

// Two images in one view: what is zoomed, moved and windowed in one is so in the other.
class Viewer {
  static MOST_ZOOM = 16;
  static WHOLE = { zoom: 1, x: 0.5, y: 0.5 }; // x, y: which point of the image is in the middle, as shares of its sides
  static FULL_WINDOW = { window: 255, level: 127.5 };

  constructor(panes, onChange) {
    this.panes = panes;
    this.canvases = [...panes.querySelectorAll("canvas")];
    this.onChange = onChange;
    this.images = [];
    this.front = 0;
    this.view = { ...Viewer.WHOLE };
    this.tone = { ...Viewer.FULL_WINDOW };
    this.pointers = new Map();
    this.canvases.forEach((canvas) => this.listen(canvas));
    new ResizeObserver(() => this.draw()).observe(panes);
  }

  get flickers() { return this.panes.classList.contains("flicker"); }

  show(images) {
    this.images = images;
    this.bringToFront(0);
    this.reset();
  }

  clear() {
    this.images = [];
    this.canvases.forEach((canvas) => { canvas.width = 0; });
  }

  reset() {
    this.view = { ...Viewer.WHOLE };
    this.setTone(Viewer.FULL_WINDOW);
  }

  setFlicker(on) {
    this.panes.classList.toggle("flicker", on);
    this.changed();
  }

  bringToFront(number) {
    this.front = number;
    this.panes.querySelectorAll(".pane").forEach((pane, i) => pane.classList.toggle("front", i === number));
    this.changed();
  }

  setTone({ window, level }) {
    this.tone = { window: Math.min(Math.max(window, 1), 510), level: Math.min(Math.max(level, 0), 255) };
    this.images.forEach((image) => image.applyWindow(this.tone.window, this.tone.level));
    this.changed();
  }

  // Zooms so that what is at (x, y), in pixels of the page from the canvas's middle, stays there.
  zoomBy(factor, canvas = this.canvases[this.front], x = 0, y = 0) {
    const before = this.scale(canvas);
    const zoom = Math.min(Math.max(this.view.zoom * factor, 1), Viewer.MOST_ZOOM);
    factor = zoom / this.view.zoom;
    this.view.zoom = zoom;
    this.moveBy(canvas, (x / before) * (1 - 1 / factor), (y / before) * (1 - 1 / factor));
  }

  // Moves the middle by so many pixels of the image.
  moveBy(canvas, x, y) {
    const image = this.images[0];
    if (!image) return;
    const scale = this.scale(canvas);
    const within = (middle, shown) => (shown >= 1 ? 0.5 : Math.min(Math.max(middle, shown / 2), 1 - shown / 2));
    this.view.x = within(this.view.x + x / image.width, canvas.clientWidth / (image.width * scale));
    this.view.y = within(this.view.y + y / image.height, canvas.clientHeight / (image.height * scale));
    this.changed();
  }

  // Moves by a share of what is seen: for keys.
  step(x, y) {
    const canvas = this.canvases[this.front];
    const scale = this.scale(canvas);
    this.moveBy(canvas, (x * canvas.clientWidth) / scale, (y * canvas.clientHeight) / scale);
  }

  // Pixels of the page that a pixel of the image takes.
  scale(canvas) {
    const { width, height } = this.images[0] ?? { width: 1, height: 1 };
    return Math.min(canvas.clientWidth / width, canvas.clientHeight / height) * this.view.zoom;
  }

  changed() {
    this.draw();
    this.onChange();
  }

  draw() {
    this.images.forEach((image, i) => {
      const canvas = this.canvases[i];
      if (!canvas.clientWidth || !canvas.clientHeight) return; // the one that flicker hides
      const ratio = window.devicePixelRatio;
      canvas.width = Math.round(canvas.clientWidth * ratio);
      canvas.height = Math.round(canvas.clientHeight * ratio);
      const scale = this.scale(canvas) * ratio;
      const context = canvas.getContext("2d");
      context.imageSmoothingEnabled = scale < 1; // magnified pixels are seen as they are
      context.imageSmoothingQuality = "high";
      context.drawImage(image.canvas, Math.round(canvas.width / 2 - this.view.x * image.width * scale),
        Math.round(canvas.height / 2 - this.view.y * image.height * scale),
        Math.round(image.width * scale), Math.round(image.height * scale));
    });
  }

  listen(canvas) {
    canvas.addEventListener("contextmenu", (event) => event.preventDefault());
    canvas.addEventListener("wheel", (event) => {
      event.preventDefault();
      const box = canvas.getBoundingClientRect();
      const down = event.deltaY * (event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 33 : 1); // pixels
      this.zoomBy(Math.exp(-down / 500), canvas, event.clientX - box.x - box.width / 2, event.clientY - box.y - box.height / 2);
    }, { passive: false });
    canvas.addEventListener("pointerdown", (event) => {
      canvas.setPointerCapture(event.pointerId);
      this.windows = event.button === 2 || event.shiftKey;
      this.pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    });
    canvas.addEventListener("pointermove", (event) => this.drag(canvas, event));
    for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, (event) => this.pointers.delete(event.pointerId));
  }

  drag(canvas, event) {
    const last = this.pointers.get(event.pointerId);
    if (!last) return;
    const now = { x: event.clientX, y: event.clientY };
    const scale = this.scale(canvas);
    if (this.pointers.size === 2) {
      const other = [...this.pointers].find(([id]) => id !== event.pointerId)[1];
      const distance = (point) => Math.hypot(point.x - other.x, point.y - other.y);
      const box = canvas.getBoundingClientRect();
      this.zoomBy(distance(now) / Math.max(distance(last), 1), canvas, (now.x + other.x) / 2 - box.x - box.width / 2,
        (now.y + other.y) / 2 - box.y - box.height / 2);
      this.moveBy(canvas, (last.x - now.x) / 2 / scale, (last.y - now.y) / 2 / scale); // as far as the fingers' middle went
    } else if (this.windows) {
      this.setTone({ window: this.tone.window + now.x - last.x, level: this.tone.level + now.y - last.y });
    } else {
      this.moveBy(canvas, (last.x - now.x) / scale, (last.y - now.y) / scale);
    }
    this.pointers.set(event.pointerId, now);
  }
}
