/** What every instrument does with the page that it is in. */

const CALM = 500; // milliseconds from picture to picture where motion is not wanted

/**
 * Start every instrument of a kind that has not been started.
 * @param {string} kind its class, and the first part of the event that tells when it is ready
 * @param {(root: HTMLElement, data: {header: any, take: Function}, id: string) => any} build
 *   puts it into the page; what it returns goes with the event
 */
export function start(kind, build) {
  if (!("DecompressionStream" in window)) return; // the picture stays
  for (const root of document.querySelectorAll(`.${kind}:not([data-started])`)) {
    root.dataset.started = "";
    const before = document.querySelectorAll(`.${kind}[id]`).length;
    root.id = `${kind}-${before + 1}`;
    unpack(root.dataset.payload).then((data) => {
      root.removeAttribute("data-payload");
      const detail = build(root, data, root.id);
      root.dispatchEvent(new CustomEvent(`${kind}-ready`, { detail }));
    }).catch((problem) => console.error(`${kind}:`, problem));
  }
}

/** What Python's `payload` packed: its header, and a function that takes the next array. */
export async function unpack(payload) {
  const bytes = Uint8Array.from(atob(payload), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  const buffer = await new Response(stream).arrayBuffer();
  let at = 4 + new DataView(buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(buffer.slice(4, at)));
  const take = (Kind, count) => {
    const first = at;
    at += count * Kind.BYTES_PER_ELEMENT;
    return new Kind(buffer.slice(first, at));
  };
  return { header, take };
}

/** What an instrument needs only once it is used: in the page, or in a script beside it. */
export async function later(root) {
  if (!root.dataset.later) {
    await new Promise((done, failed) => {
      const script = element("script", "", { src: root.dataset.laterFrom });
      script.addEventListener("load", done);
      script.addEventListener("error", failed);
      root.append(script);
    });
  }
  return unpack(root.dataset.later);
}

export function element(tag, className, about = {}, ...children) {
  const made = document.createElement(tag);
  made.className = className;
  for (const [name, value] of Object.entries(about)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** Parts that have a `box`, side by side. */
export function row(className, ...parts) {
  return element("div", className, {}, ...parts.map(({ box }) => box));
}

export function isDark(root) {
  const theme = root.closest("[data-theme]")?.dataset.theme;
  if (theme === "dark" || theme === "light") return theme === "dark";
  if (document.querySelector("html[theme=dark], body.vscode-dark")) return true; // Colab, VS Code
  const jupyter = root.closest("[data-jp-theme-light]")?.dataset.jpThemeLight;
  if (jupyter) return jupyter === "false";
  return matchMedia("(prefers-color-scheme: dark)").matches;
}

/** Put the living part into the page, and draw it whenever its size or the page's theme changes. */
export function reveal(root, live, draw) {
  const again = () => {
    root.classList.toggle("instrument-dark", isDark(root));
    draw();
  };
  root.append(live);
  root.classList.add("instrument-ready");
  again();
  new ResizeObserver(again).observe(live);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again);
  const watcher = new MutationObserver(again);
  const seen = { attributes: true, attributeFilter: ["data-theme", "data-jp-theme-light"] };
  for (const node of [document.body, document.documentElement]) watcher.observe(node, seen);
}

/** A canvas as sharp as the screen: its pen in CSS pixels, or nothing while it has no size. */
export function penOn(canvas) {
  const { clientWidth: width, clientHeight: height } = canvas;
  if (!width || !height) return null;
  const ratio = window.devicePixelRatio || 1;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  const pen = canvas.getContext("2d");
  pen.scale(canvas.width / width, canvas.height / height);
  return { pen, width, height };
}

/** A function that draws 784 grey levels, 0 to 1, on a canvas of 28 x 28. */
export function garmentOn(canvas) {
  const context = canvas.getContext("2d");
  const pixels = context.createImageData(28, 28);
  pixels.data.fill(255);
  return (values) => {
    for (let i = 0; i < 784; i++) {
      const grey = Math.round(255 * Math.min(Math.max(values[i], 0), 1));
      pixels.data[4 * i] = pixels.data[4 * i + 1] = pixels.data[4 * i + 2] = grey;
    }
    context.putImageData(pixels, 0, 0);
  };
}

/**
 * What goes on frame by frame until `advance`, which is told the time, says that it is done: drawn
 * each time, or seldom where motion is not wanted. `changed` is called when it starts or stops.
 */
export function animation({ advance, draw, changed }) {
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  let [waiting, drawn] = [0, -Infinity];

  function frame(now) {
    const more = advance(now);
    if (!more || !still.matches || now - drawn > CALM) {
      drawn = now;
      draw();
    }
    if (more) waiting = requestAnimationFrame(frame);
    else wait(0);
  }

  function wait(handle) {
    cancelAnimationFrame(waiting);
    waiting = handle;
    changed();
  }

  function run() {
    drawn = -Infinity;
    wait(requestAnimationFrame(frame));
  }

  function pause() {
    if (waiting) draw(); // where it stopped
    wait(0);
  }

  return { run, pause, get running() { return waiting !== 0; } };
}

export const signed = (value, digits) => value.toFixed(digits).replace("-", "\u2212");

/** A round step that makes about four ticks on an axis so wide. */
export function tickStep(width) {
  const rough = width / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  return power * [1, 2, 5, 10].find((factor) => factor * power >= rough);
}
