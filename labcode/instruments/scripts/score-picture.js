/** The plane as a picture: contours of the density, arrows of two fields, and walkers. */
import { penOn } from "./page.js";

const LONGEST = 1.2; // of arrows where no noisy points are, in parts of the longest elsewhere
const CROSS = [[1, 0], [-1, 0], [0, 1], [0, -1]];

/**
 * @param {HTMLCanvasElement} canvas a square
 * @param {{fields: ScoreFields, s: number, shown: string[], trail: number[][],
 *   walkers: number[][], from: number[]}} scene
 */
export function drawPlane(canvas, { fields, s, shown, trail, walkers, from }) {
  const found = penOn(canvas);
  if (!found) return;
  const { pen, width } = found;
  const { places, side } = fields;
  const style = getComputedStyle(canvas);
  const colour = (variable) => style.getPropertyValue(`--instrument-${variable}`);
  const pixels = ([x, y]) => [(width * (side + x)) / (2 * side), (width * (side - y)) / (2 * side)];
  const here = fields.at(s);

  pen.strokeStyle = colour("axis");
  pen.beginPath();
  for (const [start, end] of here.contours) {
    pen.moveTo(...pixels(start));
    pen.lineTo(...pixels(end));
  }
  pen.stroke();

  const longest = Math.max(...here.exact.map((step, i) => (here.common[i] ? Math.hypot(...step) : 0)));
  const cell = width / (Math.sqrt(places.length) - 1);
  for (const [name, hue, thickness] of [["exact", "border", 3.4], ["learned", "denoising", 1.5]]) {
    if (!shown.includes(name)) continue;
    pen.strokeStyle = colour(hue);
    pen.lineWidth = thickness;
    for (const common of [false, true]) {
      pen.globalAlpha = common ? 1 : 0.4;
      pen.beginPath();
      here[name].forEach(([right, up], i) => {
        if (here.common[i] !== common) return;
        const scale = cell * Math.min(1 / longest, LONGEST / Math.hypot(right, up));
        arrow(pen, pixels(places[i]), [scale * right, -scale * up]);
      });
      pen.stroke();
    }
  }

  pen.globalAlpha = 1;
  pen.strokeStyle = pen.fillStyle = colour("text");
  pen.lineWidth = 1.4;
  pen.beginPath();
  for (const place of trail) pen.lineTo(...pixels(place));
  pen.stroke();
  pen.strokeStyle = colour("ground");
  pen.lineWidth = 1;
  walkers.forEach((place, i) => {
    pen.beginPath();
    pen.arc(...pixels(place), i ? 2.6 : 4.6, 0, 2 * Math.PI);
    pen.fill();
    pen.stroke();
  });
  pen.strokeStyle = colour("focus");
  pen.lineWidth = 2;
  pen.beginPath();
  const [x, y] = pixels(from);
  for (const [right, down] of CROSS) {
    pen.moveTo(x + 6 * right, y + 6 * down);
    pen.lineTo(x + 13 * right, y + 13 * down);
  }
  pen.stroke();
}

function arrow(pen, [x, y], [dx, dy]) {
  const head = Math.min(5, Math.hypot(dx, dy) / 2);
  const angle = Math.atan2(dy, dx);
  pen.moveTo(x, y);
  pen.lineTo(x + dx, y + dy);
  for (const turn of [2.6, -2.6]) {
    pen.moveTo(x + dx, y + dy);
    pen.lineTo(x + dx + head * Math.cos(angle + turn), y + dy + head * Math.sin(angle + turn));
  }
}
