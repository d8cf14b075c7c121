/** Descend: a linear autoencoder learns Fashion-MNIST's covariance, exactly, as you watch. */
import { button, choice, slider } from "./controls.js";
import { LinearAutoencoder, STARTS } from "./linear-autoencoder.js";
import { animation, element, garmentOn, reveal, row, signed, start } from "./page.js";
import { plot } from "./plot.js";

const BUDGET = 9; // milliseconds of a frame for steps
const PACE = 0.02; // and no more in a frame than so much of the steps so far
const MOST_RECORDS = 2000;
const METHODS = [["SGD", "gradient descent"], ["Adam", "Adam"], ["ALS", "alternating least squares"]];
const FIRST = [
  ["small", "small"], ["random", "random"], ["aligned", "small, along the components"],
  ["saddle", "at a saddle"],
];
const PICTURES = [
  ["Garment", "The garment that was chosen"], ["PCA", "The garment as PCA rebuilds it"],
  ["This network", "The garment as this network rebuilds it"],
];
const ADAM_RATES = [1e-4, 0.1, 0.003];
const LEAST_DECAY = 1e-7;

function unpacked({ header, take }) {
  const { d, shown, garments } = header;
  const eigenvalues = take(Float64Array, d);
  const mean = take(Float32Array, 784);
  const scale = take(Float32Array, shown);
  const components = take(Int8Array, shown * 784);
  const places = garments.map(() => take(Float32Array, d));
  const images = garments.map(() => take(Uint8Array, 784));
  return { ...header, eigenvalues, mean, scale, components, places, images };
}

function build(root, packed) {
  const data = unpacked(packed);
  const limit = data.d / (2 * data.eigenvalues[0]);
  let [model, records, seed, problem, talk] = [null, [], 1, "", 0];

  const method = choice({
    name: "Optimiser", options: METHODS, value: "SGD",
    changed: (value) => {
      rate.enable(value !== "ALS");
      decay.enable(value !== "ALS");
      if (value === "Adam") rate.range(...ADAM_RATES);
      else rate.range(limit / 100, 2 * limit, data.rate);
      model.moments = null;
      draw();
    },
  });
  const rate = slider({
    name: "Learning rate", least: limit / 100, most: 2 * limit, value: data.rate, ratios: true,
    words: (value) => method.value === "SGD"
      ? `${value.toPrecision(3)}, ${(value / limit).toFixed(2)} of the limit` : value.toPrecision(2),
    changed: () => {},
  });
  const decay = slider({
    name: "Weight decay", least: LEAST_DECAY, most: 0.1, value: LEAST_DECAY, ratios: true,
    words: (value) => (value > LEAST_DECAY ? value.toPrecision(2) : "none"), changed: draw,
  });
  const size = slider({
    name: "Code size", least: 1, most: 32, value: data.code_size, whole: true,
    words: (value) => String(value), changed: again,
  });
  const first = choice({ name: "Start", options: FIRST, value: "small", changed: again });
  const garment = choice({
    name: "Garment", options: data.garments.map((name, i) => [String(i), name]), value: "0",
    changed: draw,
  });

  const training = animation({ advance: many, draw, changed: tell });
  const go = button("Run", () => (training.running ? training.pause() : training.run()));
  const single = button("One step", () => {
    training.pause();
    advance(1);
    draw();
    say();
  });
  const anew = button("Start again", () => {
    seed++;
    again();
  });
  const status = element("p", "instrument-status");
  const spoken = element("p", "instrument-spoken", { "aria-live": "polite" });
  const loss = plot("Loss above PCA's", {
    x: { label: "step", log: true, least: 1 }, y: { label: "", log: true },
  });
  const angle = plot("Largest angle, degrees", {
    x: { label: "step", log: true, least: 1 }, y: { label: "", least: 0, most: 90 },
  });
  const values = plot("Singular values of W\u2082W\u2081", {
    x: { label: "number", least: 0.5 }, y: { label: "", least: 0 },
  });
  const pictures = PICTURES.map(([name, description]) => {
    const canvas = element("canvas", "instrument-garment", { width: 28, height: 28, role: "img" });
    const box = element("figure", "instrument-figure", {}, element("figcaption", "", {}, name), canvas);
    canvas.setAttribute("aria-label", description);
    return { box, draw: garmentOn(canvas) };
  });

  const live = element("div", "instrument-live", {},
    element("p", "instrument-help", {}, help(data)),
    row("instrument-controls", size, first, method, rate, decay, garment),
    element("div", "instrument-buttons", {}, go, single, anew), status,
    row("instrument-plots", loss, angle, values), row("instrument-garments", ...pictures), spoken);

  const decayed = () => (method.value === "ALS" || decay.value === LEAST_DECAY ? 0 : decay.value);
  const excess = () => model.loss() / model.floor - 1;

  function begin(k, w1, w2) {
    model = new LinearAutoencoder(data.eigenvalues, k);
    if (w1) {
      model.w1.set(w1);
      model.w2.set(w2);
    } else STARTS[first.value](model, model.d, k, seed);
    [records, problem] = [[], ""];
    record();
    draw();
  }

  function again() {
    training.pause();
    begin(size.value);
  }

  function advance(steps) {
    for (let i = 0; i < steps; i++) train();
    record();
  }

  function train() {
    model.advance(method.value, rate.value, decayed());
  }

  function record() {
    const above = excess();
    if (!(above < 1e6)) problem = diverged(method.value);
    if (problem) return;
    records.push({ step: model.step, excess: above, angle: (180 / Math.PI) * model.angle() });
    if (records.length > MOST_RECORDS) records = records.filter((_, i) => i % 2 === 0);
  }

  /** As many steps as a frame has time for; whether more can follow. */
  function many() {
    const until = performance.now() + BUDGET;
    const most = model.step * (1 + PACE) + 1;
    while (model.step < most && performance.now() < until) train();
    record();
    return !problem;
  }

  function tell() {
    go.textContent = training.running ? "Pause" : "Run";
    say();
  }

  function say() {
    clearTimeout(talk);
    talk = setTimeout(() => {
      spoken.textContent = training.running ? "Training." : status.textContent;
    }, 400);
  }

  function draw() {
    if (!model) return;
    const [drawn, target] = [records.filter(({ step }) => step > 0), decayed()];
    const x = drawn.map(({ step }) => step);
    const last = records.at(-1);
    const lines = [{ x, y: drawn.map((one) => Math.max(one.excess, 1e-14)), colour: "linear" }];
    if (target) {
      const predicted = model.predictedExcess(target);
      lines.push({ x: [1, Math.max(model.step, 10)], y: [predicted, predicted], colour: "text", dashes: [5, 4] });
    }
    loss.draw(lines);
    loss.say(`${last.excess.toPrecision(2)} of PCA's loss above it after ${last.step} steps`);
    angle.draw([{ x, y: drawn.map((one) => one.angle), colour: "linear" }]);
    angle.say(`${signed(last.angle, 2)} degrees after ${last.step} steps`);
    const found = problem ? [] : model.singularValues();
    const number = found.map((_, i) => i + 1);
    values.draw([
      { x: [0.5, model.k + 0.5], y: [1.05, 1.05], colour: "ground", width: 0 },
      { x: number, y: model.predicted(target), colour: "text", dashes: [5, 4] },
      { x: number, y: found, colour: "linear", dots: true },
    ]);
    values.say(`from ${found.map((v) => v.toFixed(2)).join(", ")}; at the minimum `
      + model.predicted(target).map((v) => v.toFixed(2)).join(", "));
    drawGarments();
    status.textContent = problem || `Step ${model.step.toLocaleString("en")}: loss ${percent(last.excess)} `
      + `above PCA's, largest angle ${last.angle.toPrecision(3)} degrees.`;
  }

  function drawGarments() {
    const which = Number(garment.value);
    const place = data.places[which];
    pictures[0].draw(Array.from(data.images[which], (grey) => grey / 255));
    pictures[1].draw(pixels(place, model.k));
    pictures[2].draw(pixels(model.rebuild(place), data.shown));
  }

  /** The image at a place, of its first components. */
  function pixels(place, count) {
    const image = Float64Array.from(data.mean);
    for (let j = 0; j < count; j++) {
      const share = place[j] * data.scale[j];
      for (let i = 0; i < 784; i++) image[i] += share * data.components[j * 784 + i];
    }
    return image;
  }

  begin(data.code_size);
  reveal(root, live, draw);
  return { begin, advance, model: () => model, records: () => records, data };
}

function help({ shown }) {
  return "Press Run. Change the learning rate, the decay or the optimiser while it runs; another "
    + "code size or start begins anew. Dashed: what the theorems say of the minimum. The network's "
    + `picture shows the first ${shown} components of what it rebuilds.`;
}

function diverged(method) {
  return method === "ALS"
    ? "The equations have no single solution here. Start again."
    : "The loss has left all bounds: the steps are too long. Take a shorter one, and start again.";
}

function percent(excess) {
  const value = 100 * excess;
  if (value < 1e-10) return "0%, to rounding,";
  return `${value >= 0.01 ? value.toPrecision(3) : value.toExponential(1).replace("-", "\u2212")}%`;
}

start("descend", build);
