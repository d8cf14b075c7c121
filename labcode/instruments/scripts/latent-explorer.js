/** The latent explorer: planes of codes, decoded wherever the reader points. */
import { element, garmentOn, isDark, penOn, reveal, signed, start, tickStep } from "./page.js";
import { network } from "./packed.js";

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
  return { classes: header.classes, labels, panels };
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
  live.append(spoken);

  let shown = null;
  let talk = 0;
  const panels = model.panels.map((panel) => panelOf(panel));

  function panelOf(panel) {
    const [left, right, bottom, top] = panel.view;
    const digits = Math.max(0, 2 - Math.floor(Math.log10(right - left)));
    const points = element("canvas", "latent-explorer-points", { "aria-hidden": "true" });
    const marker = element("div", "latent-explorer-marker", { "aria-hidden": "true" });
    const plane = element("div", "latent-explorer-plane", {
      role: "application", tabindex: "0", "aria-roledescription": "latent plane",
      "aria-label": `${panel.name}: latent plane`, "aria-describedby": help.id,
    }, points, marker);
    const image = element("canvas", "latent-explorer-image", {
      role: "img", width: "28", height: "28", "aria-label": `Image decoded by ${panel.name}`,
    });
    const place = element("span", "latent-explorer-place");
    const garment = element("span", "latent-explorer-class");
    const name = element("div", "latent-explorer-name", {}, panel.name);
    row.append(element("div", "latent-explorer-panel", {}, name, plane,
      element("div", "latent-explorer-decoded", {}, image, element("div", "latent-explorer-words", {}, place, garment))));
    const drawImage = garmentOn(image);
    const state = { panel, plane, code: [0, 0], nearest: 0, frames: 0, draw, show, say };

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
    const later = (event) => {
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
    plane.addEventListener("pointermove", later);
    plane.addEventListener("pointerdown", (event) => {
      if (event.pointerType !== "mouse") plane.setPointerCapture(event.pointerId);
      later(event);
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
  return { panels, move };
}

start("latent-explorer", build);
