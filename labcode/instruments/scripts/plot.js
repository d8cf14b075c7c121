/** Curves that are drawn again whenever they have grown. */
import { element, penOn, signed, tickStep } from "./page.js";

const LEFT = 46;
const BOTTOM = 34;
const RIGHT = 10;
const TOP = 8;
const RAISED = "\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079";

/**
 * An empty plot with its name above it.
 * @param {string} name
 * @param {{x: Axis, y: Axis}} axes with `label`, and `log` or ends `least` and `most` where given
 * @returns {{box: HTMLElement, draw: Function, say: Function}} `draw` takes lines: `x`, `y`,
 *   `colour` (the name of a style's variable), and where wanted `name`, `dashes`, `dots`, `width`,
 *   or `low`, a line down to which the area is filled
 */
export function plot(name, axes) {
  const canvas = element("canvas", "instrument-plot", { role: "img", "aria-label": name });
  const box = element("figure", "instrument-figure", {}, element("figcaption", "", {}, name), canvas);
  const legend = element("ul", "instrument-legend", { "aria-label": "Lines" });
  box.append(legend);

  function list(lines) {
    const named = lines.filter((line) => line.name);
    legend.hidden = !named.length;
    legend.replaceChildren(...named.map((line) => element("li", "", {},
      element("span", `instrument-${line.dots ? "dot" : line.dashes ? "dashes" : "line"}`, {
        style: `border-color: var(--instrument-${line.colour})`, "aria-hidden": "true",
      }), line.name)));
  }

  function draw(lines) {
    list(lines);
    const found = penOn(canvas);
    if (!found) return;
    const { pen, width, height } = found;
    const style = getComputedStyle(canvas);
    const colour = (variable) => style.getPropertyValue(`--instrument-${variable}`);
    const [px, xTicks] = scale(axes.x, lines.flatMap(({ x }) => x), LEFT, width - RIGHT);
    const [py, yTicks] = scale(axes.y, lines.flatMap(({ y, low = [] }) => [...y, ...low]), height - BOTTOM, TOP);
    pen.font = "11px system-ui, sans-serif";
    pen.lineWidth = 1;
    pen.strokeStyle = colour("grid");
    pen.fillStyle = colour("muted");
    pen.textAlign = "center";
    for (const [value, words] of xTicks) {
      segment(pen, px(value), TOP, px(value), height - BOTTOM);
      pen.fillText(words, px(value), height - BOTTOM + 13);
    }
    pen.fillText(axes.x.label, (LEFT + width - RIGHT) / 2, height - 5);
    pen.textAlign = "right";
    for (const [value, words] of yTicks) {
      segment(pen, LEFT, py(value), width - RIGHT, py(value));
      pen.fillText(words, LEFT - 4, py(value) + 4);
    }
    pen.save();
    pen.beginPath();
    pen.rect(LEFT - 4, TOP - 4, width - LEFT - RIGHT + 8, height - TOP - BOTTOM + 8);
    pen.clip();
    for (const line of lines) curve(pen, line, px, py, colour(line.colour));
    pen.restore();
  }

  return { box, draw, say: (words) => canvas.setAttribute("aria-label", `${name}: ${words}`) };
}

function segment(pen, x1, y1, x2, y2) {
  pen.beginPath();
  pen.moveTo(x1, y1);
  pen.lineTo(x2, y2);
  pen.stroke();
}

function curve(pen, { x, y, low, dashes = [], dots = false, width = 1.8 }, px, py, colour) {
  if (low) {
    pen.beginPath();
    x.forEach((value, i) => pen.lineTo(px(value), py(y[i])));
    for (let i = x.length - 1; i >= 0; i--) pen.lineTo(px(x[i]), py(low[i]));
    pen.fillStyle = colour;
    pen.globalAlpha = 0.25;
    pen.fill();
    pen.globalAlpha = 1;
    return;
  }
  pen.strokeStyle = pen.fillStyle = colour;
  pen.lineWidth = width;
  pen.setLineDash(dashes);
  pen.beginPath();
  for (let i = 0; i < x.length; i++) {
    const [at, up] = [px(x[i]), py(y[i])];
    if (dots) {
      pen.moveTo(at + 3.5, up);
      pen.arc(at, up, 3.5, 0, 2 * Math.PI);
    } else pen.lineTo(at, up);
  }
  if (dots) pen.fill();
  else pen.stroke();
  pen.setLineDash([]);
}

/** From values to pixels, and the axis' ticks with their words. */
function scale({ log = false, least, most }, values, from, to) {
  const inner = log ? Math.log10 : (value) => value;
  let low = least === undefined ? Infinity : inner(least);
  let high = most === undefined ? -Infinity : inner(most);
  for (const value of values) {
    const at = inner(value);
    if (!Number.isFinite(at)) continue;
    if (least === undefined) low = Math.min(low, at);
    if (most === undefined) high = Math.max(high, at);
  }
  if (!(low < high)) [low, high] = Number.isFinite(low) ? [low - 0.5, low + 0.5] : [0, 1];
  const pixels = (value) => from + ((inner(value) - low) / (high - low)) * (to - from);
  return [pixels, log ? powers(low, high) : rounds(low, high)];
}

function rounds(low, high) {
  const step = tickStep(high - low);
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const ticks = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + 1e-9 * step; i++) {
    ticks.push([i * step, signed(i * step, digits)]);
  }
  return ticks;
}

function powers(low, high) {
  if (high - low < 1) {
    return [low, (low + high) / 2, high].map((at) => [10 ** at, (10 ** at).toPrecision(2)]);
  }
  const every = Math.ceil((high - low) / 5);
  const ticks = [];
  for (let power = Math.ceil(low - 1e-9); power <= high + 1e-9; power++) {
    if (power % every === 0) ticks.push([10 ** power, `10${raised(power)}`]);
  }
  return ticks;
}

function raised(power) {
  const digits = [...String(Math.abs(power))].map((digit) => RAISED[Number(digit)]);
  return (power < 0 ? "\u207b" : "") + digits.join("");
}
