/** Noise in the plane: arrows of an exact score and of a learned one, and walks that follow them. */
import { button, choice, slider } from "./controls.js";
import { animation, element, reveal, row, signed, start } from "./page.js";
import { plot } from "./plot.js";
import { normal } from "./random.js";
import { apart, ScoreFields } from "./score-fields.js";
import { drawPlane } from "./score-picture.js";
import { ascent, flow, langevin, strengths } from "./walks.js";

const FIELDS = [["learned", "the learned score"], ["exact", "the exact score"]];
const ARROWS = [["exact learned", "exact and learned"], ["exact", "exact"], ["learned", "learned"]];
const WALKS = [
  ["ascent", "gradient ascent"], ["langevin", "Langevin dynamics"], ["flow", "from noise to data"],
];
const PACE = { ascent: 120, langevin: 0, flow: 80 }; // milliseconds a step, so that eyes can follow
const STILL = 1e-4; // when no walker moves farther, an ascent is over
const MOST_RECORDS = 2000;
const TAIL = 60; // steps of the first walker that are drawn
const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
const LEGEND = [["exact", "exact score"], ["learned", "learned score"], ["walk", "first walker"]];

function build(root, { header, take }, id) {
  const { low, high, share, side } = header;
  const { weights } = header.mixture;
  const fields = new ScoreFields(header, take);
  const levels = strengths(high, low, header.steps);
  const number = weights.map((_, k) => k + 1);
  let [walkers, trail, heights, step, done, moved] = [[], [], [], 0, false, 0];
  let [from, chosen, level, seed, draw, talk] = [[0.4, -2.6], header.noise, 0, 1, null, 0];

  const noise = slider({
    name: "Noise s", least: low, most: high, value: chosen, ratios: true,
    words: (value) => value.toPrecision(2), changed: (value) => {
      [chosen, level, done] = [value, value, false];
      show();
    },
  });
  const arrows = choice({ name: "Arrows", options: ARROWS, value: "exact learned", changed: show });
  const way = choice({ name: "Walk", options: WALKS, value: "ascent", changed: again });
  const field = choice({ name: "It follows", options: FIELDS, value: "learned", changed: again });
  const count = slider({
    name: "Walkers", least: 1, most: 400, value: 100, whole: true, words: String, changed: again,
  });

  const walking = animation({ advance: next, draw: show, changed: tell });
  const go = button("Run", () => (walking.running ? walking.pause() : run()));
  const single = button("One step", () => {
    walking.pause();
    advance();
    show();
  });
  const anew = button("Start again", () => {
    seed++;
    again();
  });
  const canvas = element("canvas", "score-plane-canvas", {
    role: "application", tabindex: "0", "aria-roledescription": "plane", "aria-describedby": `${id}-help`,
  });
  const legend = element("ul", "instrument-legend", { "aria-label": "Arrows and points" },
    ...LEGEND.map(([name, words]) => element("li", "", {},
      element("span", `score-plane-${name}`, { "aria-hidden": "true" }), words)));
  const status = element("p", "instrument-status");
  const spoken = element("p", "instrument-spoken", { "aria-live": "polite" });
  const climb = plot("Log density at the first walker", {
    x: { label: "step", least: 0 }, y: { label: "" },
  });
  const ends = plot("Share of the walkers in each cluster", {
    x: { label: "cluster", least: 0.5, most: weights.length + 0.5 }, y: { label: "", least: 0, most: 1 },
  });
  const live = element("div", "instrument-live", {},
    element("p", "instrument-help", { id: `${id}-help` }, header.help),
    row("instrument-controls", noise, arrows, way, field, count),
    element("div", "instrument-buttons", {}, go, single, anew),
    element("div", "score-plane-row", {}, element("div", "", {}, canvas, legend),
      element("div", "", {}, status, climb.box, ends.box)), spoken);

  /** Put the walkers where they start, the first one at the cross: drawn, or as given. */
  function begin(points, numbers) {
    draw = numbers ?? normal(seed);
    const flows = way.value === "flow";
    level = flows ? high : chosen;
    noise.enable(!flows);
    noise.range(low, high, level);
    const middle = flows ? [0, 0] : from;
    walkers = points ?? Array.from({ length: count.value },
      (_, i) => (i ? middle.map((value) => value + level * draw()) : from));
    [step, done, trail, heights] = [0, false, [], []];
    record();
    show();
  }

  function again() {
    walking.pause();
    begin();
  }

  function run() {
    if (done) begin();
    walking.run();
  }

  function next(now) {
    if (now - moved >= PACE[way.value]) {
      moved = now;
      advance();
    }
    return !done;
  }

  function advance() {
    if (done) return;
    const [s, t] = [level, levels[step + 1]];
    const denoised = fields[field.value](walkers, s);
    const moves = {
      ascent, flow: (y, r) => flow(y, r, s, t), langevin: (y, r) => langevin(y, r, s, share, draw()),
    };
    const there = walkers.map((y, i) => y.map((value, axis) => moves[way.value](value, denoised[i][axis])));
    const farthest = Math.max(...there.map((place, i) => Math.hypot(...apart(place, walkers[i]))));
    [walkers, step] = [there, step + 1];
    if (way.value === "flow") {
      level = t;
      noise.range(low, high, Math.max(level, low));
    }
    done = way.value === "flow" ? t === 0 : way.value === "ascent" && farthest < STILL;
    record();
  }

  function record() {
    trail.push(walkers[0]);
    heights.push({ step, height: fields.mixture.noisy(level)(walkers[0]).logDensity });
    if (trail.length <= MOST_RECORDS) return;
    [trail, heights] = [trail, heights].map((list) => list.filter((_, i) => i % 2 === 0));
  }

  /** Each cluster's share in the walkers: the mean of its probabilities given where they are. */
  function shares() {
    const found = walkers.map(fields.mixture.noisy(level)).map((one) => one.shares);
    return weights.map((_, k) => found.reduce((sum, one) => sum + one[k], 0) / found.length);
  }

  function show() {
    const s = Math.max(level, low);
    drawPlane(canvas, { fields, s, shown: arrows.value.split(" "), trail: trail.slice(-TAIL), walkers, from });
    const { error, everywhere } = fields.at(s);
    const [found, height] = [shares(), signed(heights.at(-1).height, 2)];
    climb.draw([
      { x: heights.map((one) => one.step), y: heights.map((one) => one.height), colour: "text" },
      { x: [10], y: [heights[0].height], colour: "ground" },
    ]);
    climb.say(`${height} after ${step} steps`);
    ends.draw([
      { name: "weights of the mixture", x: number, y: weights, colour: "text", dashes: [5, 4] },
      { name: "walkers", x: number, y: found, colour: "denoising", dots: true },
    ]);
    const words = `${listed(found)}; the mixture's weights are ${listed(weights)}`;
    ends.say(words);
    status.textContent = `${done ? "Done at step" : "Step"} ${step}, noise ${level.toPrecision(2)}. The learned `
      + `score misses the exact one by ${percent(error)} where noisy points are common, by `
      + `${percent(everywhere)} on the whole grid. First walker: log density ${height}. Shares: ${words}.`;
    canvas.setAttribute("aria-label", `Start of the walk at ${from.map((value) => signed(value, 1)).join(", ")}`);
  }

  function point(place) {
    from = place.map((value) => Math.min(Math.max(value, -side), side));
    again();
  }

  canvas.addEventListener("click", (event) => {
    const box = canvas.getBoundingClientRect();
    const at = [(event.clientX - box.left) / box.width, (box.bottom - event.clientY) / box.height];
    point(at.map((part) => side * (2 * part - 1)));
    run();
  });
  canvas.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const towards = KEYS[event.key];
    if (towards) point(from.map((value, axis) => value + towards[axis] * (event.shiftKey ? 1 : 0.1)));
    else if (event.key === "Enter" || event.key === " ") {
      again();
      run();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  });

  function tell() {
    go.textContent = walking.running ? "Pause" : "Run";
    clearTimeout(talk);
    talk = setTimeout(() => {
      spoken.textContent = walking.running ? "Walking." : `${canvas.getAttribute("aria-label")}. ${status.textContent}`;
    }, 400);
  }

  begin();
  reveal(root, live, show);
  return { fields, begin, advance, shares, walkers: () => walkers, state: () => ({ step, level, done, from }) };
}

const percent = (share) => `${(100 * share).toPrecision(2)}%`;
const listed = (values) => values.map((value) => value.toFixed(2)).join(", ");

start("score-plane", build);
