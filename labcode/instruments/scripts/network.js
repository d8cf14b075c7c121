/** Dense layers with gradients, and Adam. Batches are n rows, one after the other. */
import { uniform } from "./random.js";

const ACTIVATIONS = {
  linear: { of: (v) => v, slope: () => 1 },
  relu: { of: (v) => (v > 0 ? v : 0), slope: (y) => (y > 0 ? 1 : 0) },
  sigmoid: { of: (v) => 1 / (1 + Math.exp(-v)), slope: (y) => y * (1 - y) },
};

export class Dense {
  /**
   * @param {number} inputs
   * @param {number} outputs
   * @param {"linear" | "relu" | "sigmoid"} activation
   */
  constructor(inputs, outputs, activation) {
    Object.assign(this, { inputs, outputs, activation: ACTIVATIONS[activation] });
    this.weight = parameter(outputs * inputs);
    this.bias = parameter(outputs);
  }

  /** Glorot's uniform weights, and biases of zero, as labcode.models begins. */
  initialise(seed) {
    const draw = uniform(seed);
    const bound = Math.sqrt(6 / (this.inputs + this.outputs));
    this.weight.value.forEach((_, i, weights) => (weights[i] = bound * (2 * draw() - 1)));
    this.bias.value.fill(0);
  }

  forward(x, n) {
    const { inputs, outputs, activation } = this;
    const [w, b] = [this.weight.value, this.bias.value];
    const y = new Float64Array(n * outputs);
    let o = 0;
    for (; o + 4 <= outputs; o += 4) { // four at a time: each input is read once for all of them
      const [w0, w1, w2, w3] = [o * inputs, (o + 1) * inputs, (o + 2) * inputs, (o + 3) * inputs];
      for (let row = 0; row < n; row++) {
        const at = row * inputs;
        let [s0, s1, s2, s3] = [b[o], b[o + 1], b[o + 2], b[o + 3]];
        for (let i = 0; i < inputs; i++) {
          const v = x[at + i];
          s0 += v * w[w0 + i];
          s1 += v * w[w1 + i];
          s2 += v * w[w2 + i];
          s3 += v * w[w3 + i];
        }
        const to = row * outputs + o;
        y[to] = s0;
        y[to + 1] = s1;
        y[to + 2] = s2;
        y[to + 3] = s3;
      }
    }
    for (; o < outputs; o++) {
      for (let row = 0; row < n; row++) {
        let sum = b[o];
        for (let i = 0; i < inputs; i++) sum += x[row * inputs + i] * w[o * inputs + i];
        y[row * outputs + o] = sum;
      }
    }
    for (let i = 0; i < y.length; i++) y[i] = activation.of(y[i]);
    [this.x, this.y] = [x, y];
    return y;
  }

  /**
   * From the loss's slope along the outputs of the last batch to the slopes along weight and bias,
   * and along its inputs unless `first`.
   */
  backward(slope, n, first = false) {
    const { inputs, outputs, activation, x, y } = this;
    const delta = slope.map((value, i) => value * activation.slope(y[i]));
    const [byWeight, byBias] = [this.weight.slope.fill(0), this.bias.slope.fill(0)];
    for (let row = 0; row < n; row++) {
      for (let o = 0; o < outputs; o++) byBias[o] += delta[row * outputs + o];
    }
    addRows(byWeight, outputs, x, n, inputs, (o, row) => delta[row * outputs + o]);
    if (first) return null;
    const byInput = new Float64Array(n * inputs);
    addRows(byInput, n, this.weight.value, outputs, inputs, (row, o) => delta[row * outputs + o]);
    return byInput;
  }
}

/** Add to row r of `sum` each row s of `rows`, share(r, s) times; rows are `width` long. */
function addRows(sum, many, rows, count, width, share) {
  for (let r = 0; r < many; r++) {
    const to = r * width;
    let s = 0;
    for (; s + 4 <= count; s += 4) {
      const [a, b, c, d] = [share(r, s), share(r, s + 1), share(r, s + 2), share(r, s + 3)];
      if (a === 0 && b === 0 && c === 0 && d === 0) continue;
      const [from, second, third, last] = [s * width, (s + 1) * width, (s + 2) * width, (s + 3) * width];
      for (let i = 0; i < width; i++) {
        sum[to + i] += a * rows[from + i] + b * rows[second + i] + c * rows[third + i] + d * rows[last + i];
      }
    }
    for (; s < count; s++) {
      const only = share(r, s);
      for (let i = 0; i < width; i++) sum[to + i] += only * rows[s * width + i];
    }
  }
}

function parameter(size) {
  return {
    value: new Float64Array(size), slope: new Float64Array(size),
    mean: new Float64Array(size), square: new Float64Array(size),
  };
}

export const forward = (layers, x, n) => layers.reduce((values, layer) => layer.forward(values, n), x);

/** Through all layers, the last first; the slope along the first one's inputs if `wanted`. */
export function backward(layers, slope, n, wanted = false) {
  return layers.reduceRight((down, layer, i) => layer.backward(down, n, i === 0 && !wanted), slope);
}

/** Adam as in torch.optim, with labcode's epsilon. */
export class Adam {
  constructor(layers, rate) {
    this.parameters = layers.flatMap(({ weight, bias }) => [weight, bias]);
    this.rate = rate;
    this.steps = 0;
  }

  step() {
    this.steps++;
    const size = this.rate / (1 - 0.9 ** this.steps);
    const correction = 1 / (1 - 0.999 ** this.steps);
    for (const { value, slope, mean, square } of this.parameters) {
      for (let i = 0; i < value.length; i++) {
        const by = slope[i];
        mean[i] += 0.1 * (by - mean[i]);
        square[i] += 0.001 * (by * by - square[i]);
        value[i] -= (size * mean[i]) / (Math.sqrt(square[i] * correction) + 1e-7);
      }
    }
  }
}
