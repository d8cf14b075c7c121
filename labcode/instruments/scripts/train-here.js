/** Train it here: an autoencoder that learns a few thousand garments in the reader's own browser. */
import { button, choice, slider, toggle } from "./controls.js";
import { element, garmentOn, later, reveal, row, start } from "./page.js";
import { plot } from "./plot.js";

const LAYERS = [["relu", "ReLU"], ["linear", "linear"], ["sigmoid", "sigmoid"]];
const ROWS = ["What it sees", "What it makes of it"];

function build(root, { header }) {
  const { worker: source, validation, band, floor } = header;
  let [worker, url, found, about, began] = [null, "", [], null, 0];

  const network = choice({
    name: "Network", value: "plain", changed: tell,
    options: [["plain", "autoencoder"], ["variational", "variational autoencoder"]],
  });
  const size = slider({
    name: "Code size", least: 1, most: floor.length - 1, value: band.code_size, whole: true,
    words: String, changed: tell,
  });
  const code = choice({ name: "Layer of the code", options: LAYERS, value: "relu", changed: tell });
  const output = choice({
    name: "Layer of the output", options: LAYERS.slice(1), value: "sigmoid", changed: tell,
  });
  const beta = slider({
    name: "\u03b2", least: 1e-3, most: 100, value: 1, ratios: true,
    words: (value) => value.toPrecision(2), changed: tell,
  });
  const reduce = choice({
    name: "Error and rate are", value: "sums", changed: tell,
    options: [["sums", "sums over pixels and units"], ["means", "means over pixels and units"]],
  });
  const noise = slider({
    name: "Noise", least: 0, most: 0.6, value: 0,
    words: (value) => (value ? value.toFixed(2) : "none"), changed: tell,
  });
  const clipTraining = toggle({ name: "Clip the noisy images in training", changed: tell });
  const clipValidation = toggle({ name: "Clip the noisy images in validation", changed: tell });
  const rate = slider({
    name: "Learning rate", least: 1e-4, most: 1e-2, value: 1e-3, ratios: true,
    words: (value) => value.toPrecision(2), changed: tell,
  });
  const epochs = slider({
    name: "Epochs", least: 1, most: 30, value: band.low.length, whole: true, words: String, changed: tell,
  });
  const seed = slider({
    name: "Seed", least: 1, most: 100, value: 1, whole: true, words: String, changed: tell,
  });

  const go = button("Train", () => (worker ? stop("Stopped. ") : train()));
  const status = element("p", "instrument-status");
  const spoken = element("p", "instrument-spoken", { "aria-live": "polite" });
  const curves = plot("Mean squared error per pixel", {
    x: { label: "epoch", least: 0 }, y: { label: "", log: true },
  });
  const canvases = ROWS.map((name) => Array.from({ length: header.shown }, (_, i) => element(
    "canvas", "instrument-garment",
    { width: 28, height: 28, role: "img", "aria-label": `${name}, garment ${i + 1}` })));
  const pictures = element("div", "train-here-garments", {}, ...ROWS.map((name, which) => element(
    "div", "train-here-row", {}, element("span", "", {}, name), ...canvases[which])));
  pictures.hidden = true;
  const live = element("div", "instrument-live", {},
    element("p", "instrument-help", {}, header.help),
    row("instrument-controls", network, size, code, output, beta, reduce, noise, rate, epochs, seed),
    row("train-here-switches", clipTraining, clipValidation),
    element("div", "instrument-buttons", {}, go), status, row("", curves), pictures, spoken);

  const settings = () => ({
    network: network.value, codeSize: size.value, code: code.value, output: output.value,
    beta: beta.value, reduce: reduce.value, noise: noise.value, clipTraining: clipTraining.value,
    clipValidation: clipValidation.value, rate: rate.value, epochs: epochs.value, seed: seed.value,
  });

  /** Only what the chosen network has can be chosen. */
  function tell() {
    const plain = network.value === "plain";
    for (const control of [code, output]) control.enable(plain);
    for (const control of [beta, reduce]) control.enable(!plain);
    for (const control of [clipTraining, clipValidation]) control.enable(noise.value > 0);
  }

  async function train() {
    [about, found, began] = [settings(), [], performance.now()];
    go.textContent = "Stop";
    const mine = {};
    worker = mine; // so that a second press stops, even while the images are on their way
    status.textContent = "Fetching the images.";
    let greys;
    try {
      greys = (await later(root)).take(Uint8Array, 784 * header.images);
    } catch {
      stop("The images could not be fetched. ");
      return;
    }
    if (worker !== mine) return;
    status.textContent = "Training.";
    spoken.textContent = "Training.";
    url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
    worker = new Worker(url);
    worker.addEventListener("message", ({ data }) => took(data));
    worker.addEventListener("error", () => stop("The worker failed. "));
    worker.postMessage({ greys, validation, about });
    draw();
  }

  function took(epoch) {
    if (!Number.isFinite(epoch.train)) {
      stop("The loss is no longer a number: take a lower learning rate. ");
      return;
    }
    found.push(epoch);
    status.textContent = words();
    draw();
    if (epoch.epoch === about.epochs) stop("");
  }

  function stop(why) {
    worker?.terminate?.();
    worker = null;
    if (url) URL.revokeObjectURL(url);
    url = "";
    go.textContent = "Train";
    status.textContent = why + words();
    spoken.textContent = status.textContent;
  }

  function words() {
    const last = found.at(-1);
    if (!last) return "";
    const seconds = ((performance.now() - began) / 1000).toFixed(0);
    const error = `Epoch ${last.epoch} after ${seconds} s: error ${last.train.toFixed(4)} in training, `
      + `${last.validation.toFixed(4)} in validation`;
    if (about.network === "plain") {
      const gap = 100 * (last.validation / last.train - 1);
      return `${error}, ${Math.abs(gap).toFixed(0)}% ${gap < 0 ? "below" : "above"} it.`;
    }
    return `${error} from the means. Rate ${last.rate.toFixed(1)} nats an image, ${last.active} of `
      + `${about.codeSize} units in use.`;
  }

  /** Whether the last run is of the design that the book has its band for. */
  function isTheBooks() {
    return about.network === "plain" && about.codeSize === band.code_size && about.code === "relu"
      && about.output === "sigmoid" && about.noise === 0 && Math.abs(about.rate / band.rate - 1) < 0.01;
  }

  function draw() {
    const last = found.at(-1);
    const shown = about ?? settings();
    const x = found.map(({ epoch }) => epoch);
    const level = floor[shown.codeSize] + (shown.noise ** 2 * shown.codeSize) / 784;
    const ends = [0, Math.max(band.low.length, ...x)];
    const lines = [
      { name: header.pca, x: ends, y: [level, level], colour: "text", dashes: [5, 4] },
      { name: "in training", x, y: found.map(({ train: error }) => error), colour: "muted" },
      { name: "in validation", x, y: found.map((one) => one.validation), colour: "dense" },
    ];
    if (about && isTheBooks()) {
      const epoch = band.low.map((_, i) => i + 1);
      lines.unshift({ name: band.name, x: epoch, y: band.high, low: band.low, colour: "dense" });
    }
    curves.draw(lines);
    pictures.hidden = !last;
    if (!last) return;
    curves.say(words());
    [last.seen, last.rebuilt].forEach((images, which) => canvases[which].forEach((canvas, i) => {
      garmentOn(canvas)(images.subarray(784 * i, 784 * (i + 1)));
    }));
  }

  tell();
  reveal(root, live, draw);
  return { found: () => found, training: () => worker !== null, isTheBooks };
}

start("train-here", build);
