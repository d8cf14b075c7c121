/** Shift, shuffle, draw: PCA, a dense and a convolutional network rebuild what the reader moved. */
import { button, choice, toggle } from "./controls.js";
import { drawingPad } from "./drawing-pad.js";
import { network } from "./inference.js";
import { element, garmentOn, later, reveal, row, start } from "./page.js";
import { plot } from "./plot.js";

const SIDE = 28;
const FARTHEST = 10;
const OWN = "own";
const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const FIRST = "Move it or shuffle it: the networks are fetched then, about one megabyte.";
const HELP = "Choose a garment or draw one, and move it by the arrow keys or buttons. Shuffle its pixels: "
  + "the convolutional network is then one that was trained on shuffled pixels; PCA and the dense "
  + "network do the same as before with their wires exchanged. All pictures are shown in order.";

function unpacked({ header, take }) {
  const images = header.names.map(() => Float64Array.from(take(Uint8Array, 784), (grey) => grey / 255));
  return { ...header, images, order: take(Uint16Array, 784) };
}

async function fetched(root) {
  const { header, take } = await later(root);
  return Object.fromEntries(header.networks.map(({ name, layers }) => [name, network(layers, take)]));
}

/** An image moved to the right and down; what enters is black. */
function moved(image, [right, down]) {
  const found = new Float64Array(784);
  for (let y = 0; y < SIDE; y++) {
    for (let x = 0; x < SIDE; x++) {
      const [fromX, fromY] = [x - right, y - down];
      if (fromX < 0 || fromX >= SIDE || fromY < 0 || fromY >= SIDE) continue;
      found[y * SIDE + x] = image[fromY * SIDE + fromX];
    }
  }
  return found;
}

/** What one way makes of an image, clipped to [0, 1]. */
const rebuilt = ({ run }, x) => run(x).map((value) => Math.min(Math.max(value, 0), 1));

const error = (a, b) => a.reduce((sum, value, i) => sum + (value - b[i]) ** 2, 0) / a.length;

function build(root, packed, id) {
  const data = unpacked(packed);
  const ways = [
    { name: "PCA", colour: "linear", dashes: [5, 4], run: (x) => networks.PCA(x) },
    { name: "dense", colour: "dense", run: (x) => networks.dense(x) },
    {
      name: "convolutional", colour: "vae", dashes: [1, 3],
      run: (x) => (shuffle.value ? shuffled(x) : networks.convolutional(x)),
    },
  ];
  let [place, drawn, networks, coming, talk] = [[0, 0], new Float64Array(784), null, null, 0];

  const garment = choice({
    name: "Garment", value: "0", changed: chosen,
    options: [...data.names.map((name, i) => [String(i), name]), [OWN, "your own drawing"]],
  });
  const shuffle = toggle({ name: "Shuffle the pixels", changed: used });
  const pad = drawingPad({
    name: "Drawing pad", id: `${id}-pad`,
    changed: (pixels) => {
      drawn = pixels;
      used();
    },
  });
  const home = button("Back in place", () => moveTo([0, 0]));
  const arrows = [["\u2190", "left", [-1, 0]], ["\u2192", "right", [1, 0]], ["\u2191", "up", [0, -1]], ["\u2193", "down", [0, 1]]]
    .map(([sign, words, step]) => {
      const made = button(sign, () => move(step));
      made.classList.add("shift-arrow");
      made.setAttribute("aria-label", `Move ${words}`);
      return made;
    });
  const status = element("p", "instrument-status");
  const spoken = element("p", "instrument-spoken", { "aria-live": "polite" });
  const stage = picture("The image", {
    role: "application", tabindex: "0", "aria-label": "The image. Arrow keys move it, with Shift by four pixels.",
  });
  const seen = picture("What the networks see", { role: "img", "aria-label": "The image with shuffled pixels" });
  const results = ways.map(({ name }) => picture(name, { role: "img", "aria-label": `Rebuilt by ${name}` }));
  const errors = plot("Mean squared error per pixel, as it moves sideways", {
    x: { label: "pixels to the right", least: -FARTHEST, most: FARTHEST }, y: { label: "", least: 0 },
  });
  const pictures = row("instrument-garments", stage, seen, ...results);
  const live = element("div", "instrument-live", {},
    element("p", "instrument-help", {}, HELP), row("instrument-controls", garment, shuffle),
    element("div", "instrument-buttons", {}, ...arrows, home), pad.box, pictures, status, errors.box, spoken);

  function picture(name, about) {
    const canvas = element("canvas", "instrument-garment", { width: SIDE, height: SIDE, ...about });
    const caption = element("figcaption", "", {}, name);
    return { box: element("figure", "instrument-figure", {}, caption, canvas), canvas, draw: garmentOn(canvas) };
  }

  function shuffled(x) {
    const inOrder = new Float64Array(784);
    const made = networks["convolutional, shuffled"](Array.from(data.order, (pixel) => x[pixel]));
    made.forEach((value, i) => (inOrder[data.order[i]] = value));
    return inOrder;
  }

  const image = () => (garment.value === OWN ? drawn : data.images[Number(garment.value)]);

  function moveTo(to) {
    place = to.map((at) => Math.min(Math.max(at, -FARTHEST), FARTHEST));
    return used();
  }

  function move(step, times = 1) {
    moveTo(place.map((at, axis) => at + times * step[axis]));
  }

  function chosen() {
    place = [0, 0];
    used();
  }

  stage.canvas.addEventListener("keydown", (event) => {
    const step = STEPS[event.key];
    if (!step || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    move(step, event.shiftKey ? 4 : 1);
  });

  function found() {
    const x = moved(image(), place);
    return { x, pictures: ways.map((way) => rebuilt(way, x)) };
  }

  /** Draw, once the networks are here. */
  async function used() {
    draw();
    try {
      networks = await (coming ??= fetched(root));
    } catch {
      coming = null;
      status.textContent = "The networks could not be fetched.";
      return;
    }
    draw();
  }

  function draw() {
    const x = moved(image(), place);
    pad.box.hidden = garment.value !== OWN;
    seen.box.hidden = !shuffle.value;
    stage.draw(x);
    seen.draw(Array.from(data.order, (pixel) => x[pixel]));
    if (!networks) {
      status.textContent = coming ? "Fetching the networks." : FIRST;
      return;
    }
    const { pictures: made } = found();
    results.forEach((result, i) => result.draw(made[i]));
    const told = ways.map(({ name }, i) => `${name} ${error(made[i], x).toFixed(4)}`).join(", ");
    const where = place.some(Boolean) ? `Moved by ${place[0]} to the right and ${place[1]} down` : "In place";
    status.textContent = `${where.replace(/-/g, "\u2212")}, pixels ${shuffle.value ? "shuffled" : "in order"}. Errors: ${told}.`;
    clearTimeout(talk);
    talk = setTimeout(() => {
      curves();
      spoken.textContent = status.textContent;
    }, 150);
  }

  function curves() {
    const across = Array.from({ length: 2 * FARTHEST + 1 }, (_, i) => i - FARTHEST);
    const inputs = across.map((right) => moved(image(), [right, place[1]]));
    const lines = ways.map((way) => ({
      ...way, x: across, y: inputs.map((x) => error(rebuilt(way, x), x)),
    }));
    const here = Math.max(...lines.flatMap(({ y }) => y));
    errors.draw([...lines, { x: [place[0], place[0]], y: [0, here], colour: "muted", dashes: [2, 3] }]);
    errors.say(lines.map(({ name, y }) => `${name} from ${y[FARTHEST].toFixed(4)} in place to `
      + `${y[FARTHEST + 4].toFixed(4)} moved by 4`).join("; "));
  }

  reveal(root, live, draw);
  return { found, moveTo, errors: () => found().pictures.map((each) => error(each, found().x)) };
}

start("shift", build);
