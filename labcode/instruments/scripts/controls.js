/** Sliders, choices and buttons, all of them the browser's own: they have keys and names. */
import { element } from "./page.js";

const STEPS = 1000;

/**
 * A slider from `least` to `most`, in equal ratios if `ratios`, and its value in words.
 * @returns {{box: HTMLElement, value: number, range: Function, enable: Function}}
 */
export function slider({ name, least, most, value, ratios = false, whole = false, words, changed }) {
  const input = element("input", "", { type: "range", min: 0, max: STEPS, step: 1 });
  const output = element("output", "instrument-value");
  const box = element("label", "instrument-control", {}, element("span", "", {}, name), input, output);
  const control = { box, value, range, enable: (on) => (input.disabled = !on) };
  let ends = [least, most];

  function place() {
    const [low, high] = ratios ? ends.map(Math.log) : ends;
    const at = ratios ? Math.log(control.value) : control.value;
    input.value = String(Math.round((input.max * (at - low)) / (high - low)));
    tell();
  }

  function tell() {
    output.textContent = words(control.value);
    input.setAttribute("aria-valuetext", output.textContent);
  }

  /** Give it other ends, and a value between them. */
  function range(low, high, at) {
    ends = [low, high];
    control.value = at;
    if (whole) input.max = String(high - low);
    place();
  }

  input.addEventListener("input", () => {
    const share = Number(input.value) / Number(input.max);
    const [low, high] = ends;
    const at = ratios ? low * (high / low) ** share : low + share * (high - low);
    control.value = whole ? Math.round(at) : at;
    tell();
    changed(control.value);
  });
  range(least, most, value);
  return control;
}

/** A list to choose one of: `options` are pairs of a value and its words. */
export function choice({ name, options, value, changed }) {
  const list = element("select", "");
  for (const [each, words] of options) list.append(element("option", "", { value: each }, words));
  list.value = value;
  const box = element("label", "instrument-control", {}, element("span", "", {}, name), list);
  list.addEventListener("change", () => changed(list.value));
  const enable = (on) => (list.disabled = !on);
  return { box, enable, get value() { return list.value; } };
}

/** A switch that is on or off. */
export function toggle({ name, changed }) {
  const input = element("input", "", { type: "checkbox" });
  const box = element("label", "instrument-toggle", {}, input, name);
  input.addEventListener("change", () => changed(input.checked));
  const enable = (on) => (input.disabled = !on);
  return { box, enable, get value() { return input.checked; } };
}

export function button(words, pressed) {
  const made = element("button", "instrument-button", { type: "button" }, words);
  made.addEventListener("click", pressed);
  return made;
}
