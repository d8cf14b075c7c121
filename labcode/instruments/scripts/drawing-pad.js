/** A pad of 28 x 28 pixels to draw a garment on, by pointer, finger or keys. */
import { element, garmentOn } from "./page.js";

const SIDE = 28;
const NIB = 1.3; // pixels
const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const HOW = "Drawing pad of 28 by 28 pixels. Arrow keys move the pen, space puts it down or lifts it.";

/**
 * @param {(ink: Float64Array) => void} changed is given the 784 grey levels, 0 to 1
 * @returns {{box: HTMLElement, ink: Float64Array, clear: Function}}
 */
export function drawingPad(changed) {
  const ink = new Float64Array(SIDE * SIDE);
  const canvas = element("canvas", "instrument-pad", {
    width: SIDE, height: SIDE, role: "application", tabindex: "0", "aria-label": HOW,
  });
  const spoken = element("span", "instrument-spoken", { "aria-live": "polite" });
  const box = element("figure", "instrument-figure", {},
    element("figcaption", "", {}, "Draw here"), canvas, spoken);
  const paint = garmentOn(canvas);
  let [pen, down, drawing] = [[SIDE / 2, SIDE / 2], false, false];

  /** Ink along the way of a round nib: full inside it, thinner at its rim. */
  function stroke([x1, y1], [x2, y2]) {
    for (let i = 0; i < ink.length; i++) {
      const [x, y] = [(i % SIDE) + 0.5, Math.floor(i / SIDE) + 0.5];
      const [dx, dy] = [x2 - x1, y2 - y1];
      const along = Math.min(Math.max(((x - x1) * dx + (y - y1) * dy) / (dx * dx + dy * dy || 1), 0), 1);
      const distance = Math.hypot(x - x1 - along * dx, y - y1 - along * dy);
      ink[i] = Math.max(ink[i], Math.min(Math.max(NIB + 0.5 - distance, 0), 1));
    }
    show();
    changed(ink);
  }

  function show() {
    paint(ink);
    if (document.activeElement !== canvas) return;
    const context = canvas.getContext("2d");
    context.fillStyle = "#e07b39";
    context.fillRect(Math.floor(pen[0]), Math.floor(pen[1]), 1, 1);
  }

  function clear() {
    ink.fill(0);
    show();
    changed(ink);
  }

  const placeOf = (event) => {
    const edge = canvas.getBoundingClientRect();
    return [((event.clientX - edge.left) / edge.width) * SIDE, ((event.clientY - edge.top) / edge.height) * SIDE];
  };
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    drawing = true;
    pen = placeOf(event);
    stroke(pen, pen);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!drawing) return;
    const next = placeOf(event);
    stroke(pen, next);
    pen = next;
  });
  for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => (drawing = false));
  canvas.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const step = STEPS[event.key];
    if (!step && event.key !== " ") return;
    event.preventDefault();
    event.stopPropagation();
    const before = pen;
    if (step) pen = pen.map((at, axis) => Math.min(Math.max(at + step[axis], 0.5), SIDE - 0.5));
    else down = !down;
    if (down) stroke(before, pen);
    else show();
    spoken.textContent = `Pen ${down ? "down" : "up"} at column ${Math.ceil(pen[0])}, row ${Math.ceil(pen[1])}`;
  });
  canvas.addEventListener("focus", show);
  canvas.addEventListener("blur", show);
  show();
  return { box, ink, clear };
}
