/** A pad of 28 x 28 grey levels on which pointer, finger and keys draw. */
import { button, toggle } from "./controls.js";
import { element, garmentOn } from "./page.js";

const SIDE = 28;
const RADIUS = 1.4; // of the pen, in pixels
const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/**
 * @param {{name: string, id: string, changed: Function}} about `changed` is called with the 784
 *   grey levels, 0 to 1, whenever one may have changed
 * @returns {{box: HTMLElement, set: Function}} `set` draws an image without calling it
 */
export function drawingPad({ name, id, changed }) {
  const pixels = new Float64Array(SIDE * SIDE);
  const canvas = element("canvas", "instrument-pad-canvas", {
    width: SIDE, height: SIDE, role: "application", tabindex: "0",
    "aria-roledescription": "drawing pad", "aria-describedby": `${id}-help`,
  });
  const mark = element("div", "instrument-pad-pen", { "aria-hidden": "true" });
  const erase = toggle({ name: "Erase", changed: () => {} });
  const clear = button("Clear", () => {
    pixels.fill(0);
    shown();
  });
  const help = element("p", "instrument-help", { id: `${id}-help` },
    "Draw with pointer or finger. With keys: arrows move the pen, the space bar puts it down and lifts it.");
  const box = element("div", "instrument-pad", {}, element("div", "instrument-pad-paper", {}, canvas, mark),
    element("div", "instrument-pad-side", {}, help, erase.box, clear));
  const paint = garmentOn(canvas);
  let [pen, down] = [[SIDE / 2, SIDE / 2], false];

  function set(image) {
    pixels.set(image);
    paint(pixels);
  }

  function shown() {
    paint(pixels);
    changed(pixels);
  }

  /** Move the pen to a place; where it is down, it leaves a line. */
  function move(to, draws) {
    const steps = draws ? Math.max(1, Math.ceil(2 * Math.hypot(to[0] - pen[0], to[1] - pen[1]))) : 0;
    for (let i = 1; i <= steps; i++) dab(pen.map((from, axis) => from + (i / steps) * (to[axis] - from)));
    pen = to;
    tell();
    if (draws) shown();
  }

  function dab([x, y]) {
    for (let i = 0; i < pixels.length; i++) {
      const away = Math.hypot((i % SIDE) + 0.5 - x, Math.floor(i / SIDE) + 0.5 - y);
      const covered = Math.min(Math.max(RADIUS + 0.5 - away, 0), 1);
      pixels[i] = erase.value ? Math.min(pixels[i], 1 - covered) : Math.max(pixels[i], covered);
    }
  }

  function tell() {
    const [column, row] = pen.map((at) => Math.min(Math.floor(at) + 1, SIDE));
    [mark.style.left, mark.style.top] = pen.map((at) => `${(100 * at) / SIDE}%`);
    mark.classList.toggle("instrument-pad-down", down);
    canvas.setAttribute("aria-label", `${name}: pen ${down ? "down" : "up"} at column ${column}, row ${row}`);
  }

  function placed(event) {
    const around = canvas.getBoundingClientRect();
    const at = [(event.clientX - around.left) / around.width, (event.clientY - around.top) / around.height];
    return at.map((share) => SIDE * Math.min(Math.max(share, 0), 1));
  }

  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    pen = placed(event);
    move(pen, true);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (event.buttons) move(placed(event), true);
  });
  canvas.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const step = KEYS[event.key];
    if (step) move(pen.map((at, axis) => Math.min(Math.max(at + step[axis], 0), SIDE)), down);
    else if (event.key === " ") {
      down = !down;
      move(pen, down);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  });

  set(pixels);
  tell();
  return { box, set };
}
