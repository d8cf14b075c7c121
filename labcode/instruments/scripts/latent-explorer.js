/** The latent explorer: planes of codes, decoded wherever the reader points. */
import { choice } from "./controls.js";
import { drawingPad } from "./drawing-pad.js";
import { element, garmentOn, isDark, later, penOn, reveal, signed, start, tickStep } from "./page.js";
import { network } from "./inference.js";

const LIGHT = ["#cc6677", "#332288", "#b59a1d", "#117733", "#56a8d6", "#882255", "#36998a", "#7d7d1f", "#aa4499", "#6b6b6b"];
const DARK = ["#ee8896", "#8f86f0", "#ddcc77", "#3fb56b", "#88ccee", "#d9659b", "#4fc4b3", "#b3b34a", "#d77fc9", "#b8b8b8"];

/** Planes and decoders from what Python packed. */
function models({ header, take }) {
  const n = header.images;
  const labels = take(Uint8Array, n);
  const panels = header.panels.map(({ name, view, layers }) => {
    const [left, right, bottom, top] = view;
    const x = Float64Array.from(take(Uint16Array, n), (v) => left + (v / 65535) * (right - left));
    const y = Float64Array.from(take(Uint16Array, n), (v) => bottom + (v / 65535) * (top - bottom));
    return { name, view, x, y, decode: network(layers, take) };
  });
  return { classes: header.classes, encodes: header.encodes, labels, panels };
}

/** Encoders in the order of the panels, and an image of each class. */
function encoding({ header, take }) {
  const encoders = header.encoders.map((layers) => network(layers, take));
  const images = Array.from({ length: header.images },
    () => Float64Array.from(take(Uint8Array, 784), (grey) => grey / 255));
  return { encoders, images };
}

function nearest({ x, y }, [cx, cy]) {
  let best = 0;
  let least = Infinity;
  for (let i = 0; i < x.length; i++) {
    const distance = (x[i] - cx) ** 2 + (y[i] - cy) ** 2;
    if (distance < least) [least, best] = [distance, i];
  }
  return best;
}

function build(root, data, id) {
  const model = models(data);
  const help = element("p", "instrument-help", { id: `${id}-help` },
    "Move the pointer or a finger over a plane, or focus it and use the arrow keys (with Shift for larger steps). Press a class to see it alone.");
  const spoken = element("p", "instrument-spoken", { "aria-live": "polite" });
  const legend = element("div", "latent-explorer-legend", { role: "group", "aria-label": "Show one class only" });
  const row = element("div", "latent-explorer-row");
  const follow = element("input", "", { type: "checkbox" });
  follow.checked = true;
  const option = element("label", "latent-explorer-follow", {}, follow,
    "Show in the other planes the image whose code is nearest to where you are");
  const live = element("div", "instrument-live", {}, help, row, legend);
  if (model.panels.length > 1) live.append(option);
  const own = model.encodes ? encodingPart() : null;
  live.append(spoken);

  let shown = null;
  let talk = 0;
  const panels = model.panels.map((panel) => panelOf(panel));

  function panelOf(panel) {
    const [left, right, bottom, top] = panel.view;
    const digits = Math.max(0, 2 - Math.floor(Math.log10(right - left)));
    const points = element("canvas", "latent-explorer-points", { "aria-hidden": "true" });
    const marker = element("div", "latent-explorer-marker", { "aria-hidden": "true" });
    const posterior = element("div", "latent-explorer-posterior", { "aria-hidden": "true" });
    posterior.hidden = true;
    const plane = element("div", "latent-explorer-plane", {
      role: "application", tabindex: "0", "aria-roledescription": "latent plane",
      "aria-label": `${panel.name}: latent plane`, "aria-describedby": help.id,
    }, points, marker, posterior);
    const image = element("canvas", "latent-explorer-image", {
      role: "img", width: "28", height: "28", "aria-label": `Image decoded by ${panel.name}`,
    });
    const place = element("span", "latent-explorer-place");
    const garment = element("span", "latent-explorer-class");
    const name = element("div", "latent-explorer-name", {}, panel.name);
    row.append(element("div", "latent-explorer-panel", {}, name, plane,
      element("div", "latent-explorer-decoded", {}, image, element("div", "latent-explorer-words", {}, place, garment))));
    const drawImage = garmentOn(image);
    const state = { panel, plane, code: [0, 0], nearest: 0, frames: 0, draw, show, say, encoded };

    function show(code) {
      state.code = [Math.min(Math.max(code[0], left), right), Math.min(Math.max(code[1], bottom), top)];
      drawImage(panel.decode(state.code));
      state.nearest = nearest(panel, state.code);
      marker.style.left = `${(100 * (state.code[0] - left)) / (right - left)}%`;
      marker.style.top = `${(100 * (top - state.code[1])) / (top - bottom)}%`;
      place.textContent = `(${signed(state.code[0], digits)}, ${signed(state.code[1], digits)})`;
      garment.textContent = `near: ${model.classes[model.labels[state.nearest]]}`;
      state.frames++;
    }

    /** Show a code that the encoder put out, and two standard deviations about it if it has them. */
    function encoded([x, y, ...logVariances]) {
      const [across, up] = [0, 1].map((axis) => (logVariances.length ? 4 * Math.exp(logVariances[axis] / 2) : 0));
      posterior.hidden = false;
      posterior.style.left = `${(100 * (x - left)) / (right - left)}%`;
      posterior.style.top = `${(100 * (top - y)) / (top - bottom)}%`;
      posterior.style.width = `${(100 * across) / (right - left)}%`;
      posterior.style.height = `${(100 * up) / (top - bottom)}%`;
      show([x, y]);
    }

    function say() {
      const [x, y] = state.code.map((v) => signed(v, digits));
      const near = model.classes[model.labels[state.nearest]];
      image.setAttribute("aria-label", `Image decoded by ${panel.name} at ${x}, ${y}, near codes of ${near}`);
      return `${panel.name}: ${x}, ${y}, nearest class ${near}`;
    }

    function draw() {
      const found = penOn(points);
      if (!found) return;
      const { pen, width: size } = found;
      const style = getComputedStyle(root);
      const px = (x) => ((x - left) / (right - left)) * size;
      const py = (y) => ((top - y) / (top - bottom)) * size;
      ticks(pen, style, size, px, py);
      const colours = isDark(root) ? DARK : LIGHT;
      const radius = size < 260 ? 1.5 : 1.9;
      const dots = (only, colour, alpha) => {
        pen.globalAlpha = alpha;
        for (let i = 0; i < panel.x.length; i++) {
          if (only !== null && (model.labels[i] === shown) !== only) continue;
          pen.fillStyle = colour ?? colours[model.labels[i]];
          pen.beginPath();
          pen.arc(px(panel.x[i]), py(panel.y[i]), radius, 0, 2 * Math.PI);
          pen.fill();
        }
        pen.globalAlpha = 1;
      };
      if (shown === null) dots(null, null, 0.75);
      else {
        dots(false, style.getPropertyValue("--instrument-muted"), 0.25);
        dots(true, null, 0.95);
      }
    }

    function ticks(pen, style, size, px, py) {
      const step = tickStep(right - left);
      const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
      pen.font = "11px system-ui, sans-serif";
      pen.lineWidth = 1;
      const line = (value, x1, y1, x2, y2) => {
        pen.strokeStyle = style.getPropertyValue(Math.abs(value) < step / 2 ? "--instrument-axis" : "--instrument-grid");
        pen.beginPath();
        pen.moveTo(x1, y1);
        pen.lineTo(x2, y2);
        pen.stroke();
      };
      for (let v = Math.ceil(left / step) * step; v < right; v += step) line(v, px(v), 0, px(v), size);
      for (let v = Math.ceil(bottom / step) * step; v < top; v += step) line(v, 0, py(v), size, py(v));
      pen.fillStyle = style.getPropertyValue("--instrument-muted");
      pen.textAlign = "center";
      for (let v = Math.ceil(left / step) * step; v < right; v += step) {
        if (px(v) > 30 && px(v) < size - 12) pen.fillText(signed(v, decimals).replace(/^\u2212(0(\.0*)?)$/, "$1"), px(v), size - 4);
      }
      pen.textAlign = "left";
      for (let v = Math.ceil(bottom / step) * step; v < top; v += step) {
        if (py(v) > 12 && py(v) < size - 20) pen.fillText(signed(v, decimals).replace(/^\u2212(0(\.0*)?)$/, "$1"), 4, py(v) - 3);
      }
    }

    let pending = null;
    const soon = (event) => {
      const box = plane.getBoundingClientRect();
      const code = [
        left + ((event.clientX - box.left) / box.width) * (right - left),
        top - ((event.clientY - box.top) / box.height) * (top - bottom),
      ];
      if (!pending) requestAnimationFrame(() => {
        move(state, pending);
        pending = null;
      });
      pending = code;
    };
    plane.addEventListener("pointermove", soon);
    plane.addEventListener("pointerdown", (event) => {
      if (event.pointerType !== "mouse") plane.setPointerCapture(event.pointerId);
      soon(event);
    });
    const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
    plane.addEventListener("keydown", (event) => {
      const step = steps[event.key];
      if (!step || event.altKey || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      event.stopPropagation();
      const length = ((right - left) / 100) * (event.shiftKey ? 10 : 1);
      move(state, [state.code[0] + step[0] * length, state.code[1] + step[1] * length]);
    });
    return state;
  }

  /** A pad to draw on, and garments to begin with; encoders are fetched when they are wanted. */
  function encodingPart() {
    let [loading, waiting] = [null, null];
    const problem = element("p", "instrument-status");
    problem.hidden = true;

    async function parts() {
      try {
        return await (loading ??= later(root).then(encoding));
      } catch {
        loading = null;
        problem.textContent = "The encoders could not be fetched.";
        problem.hidden = false;
        return null;
      }
    }

    async function encode(pixels) {
      const idle = !waiting;
      waiting = pixels;
      if (!idle) return;
      const found = await parts();
      const image = waiting;
      waiting = null;
      if (!found) return;
      problem.hidden = true;
      panels.forEach((panel, i) => panel.encoded(found.encoders[i](image)));
      clearTimeout(talk);
      talk = setTimeout(() => {
        spoken.textContent = panels.map((panel) => panel.say()).join(". ");
      }, 500);
    }

    const garment = choice({
      name: "Begin with", value: "", options: [["", "nothing"], ...model.classes.map((name, k) => [String(k), name])],
      changed: async (k) => {
        const found = k && (await parts());
        pad.set(found ? found.images[k] : new Float64Array(784));
        if (found) encode(found.images[k]);
      },
    });
    const pad = drawingPad({ name: "Your image", id: `${id}-pad`, changed: encode });
    live.append(element("div", "latent-explorer-encoding", {}, element("p", "instrument-help", {},
      "Draw a garment, or change one of the test set: a blue ring shows where each encoder puts it. The ring of an encoder "
      + "that puts out a Gaussian reaches to two standard deviations."), garment.box, pad.box, problem));
    return { encode, parts };
  }

  function move(active, code) {
    active.show(code);
    row.querySelectorAll(".latent-explorer-plane").forEach((plane) => {
      plane.classList.toggle("latent-explorer-active", plane === active.plane);
    });
    if (follow.checked) for (const other of panels) {
      if (other !== active) other.show([other.panel.x[active.nearest], other.panel.y[active.nearest]]);
    }
    clearTimeout(talk);
    talk = setTimeout(() => {
      panels.forEach((panel) => panel.say());
      spoken.textContent = active.say();
    }, 500);
  }

  function drawAll() {
    const colours = isDark(root) ? DARK : LIGHT;
    legend.querySelectorAll(".latent-explorer-swatch").forEach((swatch, k) => {
      swatch.style.backgroundColor = colours[k];
    });
    panels.forEach((panel) => panel.draw());
  }

  model.classes.forEach((name, k) => {
    const button = element("button", "", { type: "button", "aria-pressed": "false" },
      element("span", "latent-explorer-swatch", { "aria-hidden": "true" }), name);
    button.addEventListener("click", () => {
      shown = shown === k ? null : k;
      legend.querySelectorAll("button").forEach((other, j) => other.setAttribute("aria-pressed", String(shown === j)));
      drawAll();
    });
    legend.append(button);
  });

  panels.forEach((state) => state.show([state.panel.x[0], state.panel.y[0]]));
  reveal(root, live, drawAll);
  return { panels, move, own };
}

start("latent-explorer", build);
