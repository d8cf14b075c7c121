/** A linear autoencoder x -> W2 W1 x trained exactly, in coordinates along the components.
 *
 * There the covariance is the diagonal of its eigenvalues l, so that one step takes some 4 d k^2
 * multiplications, and no image. `w1` holds W1' and `w2` holds W2, both d x k, row by row: row j
 * of each belongs to component j. The loss is E|x - W2 W1 x|^2 / d, as in
 * labcode.training.covariance; tests hold the two against each other.
 */
import { eigen, product, solver, squareRoot } from "./symmetric.js";
import { normal, uniform } from "./random.js";

const BETAS = [0.9, 0.999];
const EPSILON = 1e-8;

export const STARTS = {
  small: (w, d, k, seed) => glorot(w, d, k, seed, 0.1),
  random: (w, d, k, seed) => glorot(w, d, k, seed, 1),
  aligned: ({ w1, w2 }, d, k) => {
    for (let i = 0; i < k; i++) w1[i * k + i] = w2[i * k + i] = 0.1;
  },
  saddle: ({ w1, w2 }, d, k, seed) => {
    const draw = normal(seed);
    for (const w of [w1, w2]) {
      for (let i = 0; i < d * k; i++) w[i] = 1e-3 * draw();
      for (let i = 0; i < k; i++) w[(i + 1) * k + i] += 1;
    }
  },
};

function glorot({ w1, w2 }, d, k, seed, scale) {
  const draw = uniform(seed);
  const bound = scale * Math.sqrt(6 / (d + k));
  for (const w of [w1, w2]) for (let i = 0; i < d * k; i++) w[i] = bound * (2 * draw() - 1);
}

/** Product of two columns from one place to before another. */
function dot(one, other, from, to) {
  let sum = 0;
  for (let j = from; j < to; j++) sum += one[j] * other[j];
  return sum;
}

export class LinearAutoencoder {
  /**
   * @param {Float64Array} eigenvalues l, the largest first
   * @param {number} k code size
   */
  constructor(eigenvalues, k) {
    this.l = eigenvalues;
    this.d = eigenvalues.length;
    this.k = k;
    this.w1 = new Float64Array(this.d * k);
    this.w2 = new Float64Array(this.d * k);
    this.variance = eigenvalues.reduce((sum, l) => sum + l, 0);
    this.floor = eigenvalues.slice(k).reduce((sum, l) => sum + l, 0) / this.d;
    this.begin();
  }

  /** Forget how far training came; the weights stay. */
  begin() {
    this.step = 0;
    this.moments = null;
  }

  /** Sum over j of weight(j) row j (row j)', k x k. */
  gram(rows, weight = null) {
    const { d, k } = this;
    const sum = new Float64Array(k * k);
    for (let j = 0; j < d; j++) {
      const size = weight ? weight[j] : 1;
      for (let a = 0; a < k; a++) {
        const scaled = size * rows[j * k + a];
        for (let b = 0; b <= a; b++) sum[a * k + b] += scaled * rows[j * k + b];
      }
    }
    for (let a = 0; a < k; a++) for (let b = 0; b < a; b++) sum[b * k + a] = sum[a * k + b];
    return sum;
  }

  /** E|x - W2 W1 x|^2 / d. */
  loss() {
    const { d, k, l, w1, w2 } = this;
    const [g, h] = [this.gram(w2), this.gram(w1, l)];
    let error = this.variance;
    for (let j = 0; j < d; j++) {
      let held = 0;
      for (let a = 0; a < k; a++) held += w1[j * k + a] * w2[j * k + a];
      error -= 2 * l[j] * held;
    }
    for (let i = 0; i < k * k; i++) error += g[i] * h[i];
    return error / d;
  }

  /**
   * One step of full-batch training.
   * @param {"SGD" | "Adam" | "ALS"} method
   * @param {number} rate its learning rate; nothing to ALS
   * @param {number} decay adds decay / 2 (|W1|^2 + |W2|^2) to the loss; nothing to ALS
   */
  advance(method, rate, decay) {
    if (method === "ALS") this.alternate();
    else this.descend(method, rate, decay);
    this.step++;
  }

  descend(method, rate, decay) {
    const { d, k, l, w1, w2 } = this;
    const [g, h] = [this.gram(w2), this.gram(w1, l)];
    const update = method === "Adam" ? this.adam(rate) : (w, i, slope) => (w[i] -= rate * slope);
    const [slope1, slope2] = [new Float64Array(k), new Float64Array(k)];
    for (let j = 0, row = 0; j < d; j++, row += k) {
      for (let a = 0; a < k; a++) {
        let [by1, by2] = [-w2[row + a], -l[j] * w1[row + a]];
        for (let b = 0; b < k; b++) {
          by1 += g[a * k + b] * w1[row + b];
          by2 += h[a * k + b] * w2[row + b];
        }
        slope1[a] = (2 / d) * l[j] * by1 + decay * w1[row + a];
        slope2[a] = (2 / d) * by2 + decay * w2[row + a];
      }
      for (let a = 0; a < k; a++) {
        update(w1, row + a, slope1[a]);
        update(w2, row + a, slope2[a]);
      }
    }
  }

  /** Adam's update, with the bias of its averages corrected (Kingma and Ba, 2015). */
  adam(rate) {
    const { w1 } = this;
    const blank = () => (
      { mean: new Float64Array(w1.length), square: new Float64Array(w1.length), steps: 0 });
    this.moments ??= [blank(), blank()];
    for (const one of this.moments) one.steps++;
    const correction = BETAS.map((beta) => 1 - beta ** this.moments[0].steps);
    return (w, i, slope) => {
      const { mean, square } = this.moments[w === w1 ? 0 : 1];
      mean[i] = BETAS[0] * mean[i] + (1 - BETAS[0]) * slope;
      square[i] = BETAS[1] * square[i] + (1 - BETAS[1]) * slope * slope;
      const size = Math.sqrt(square[i] / correction[1]) + EPSILON;
      w[i] -= (rate * mean[i]) / correction[0] / size;
    };
  }

  /** The best decoder for the encoder, then the best encoder for that decoder. */
  alternate() {
    const { d, k, l, w1, w2 } = this;
    const decode = solver(this.gram(w1, l), k);
    for (let j = 0; j < d; j++) {
      const row = w1.subarray(j * k, (j + 1) * k);
      w2.set(decode(row).map((v) => l[j] * v), j * k);
    }
    const encode = solver(this.gram(w2), k);
    for (let j = 0; j < d; j++) w1.set(encode(w2.subarray(j * k, (j + 1) * k)), j * k);
  }

  /** Singular values of W2 W1, the largest first. */
  singularValues() {
    const root = squareRoot(this.gram(this.w2), this.k);
    const inner = product(product(root, this.gram(this.w1), this.k), root, this.k);
    return eigen(inner, this.k).values.map((value) => Math.sqrt(Math.max(value, 0)));
  }

  /** Those of the minimum: 1 - r / l_i with r = d decay / 2, or 0 (Kunin et al., 2019). */
  predicted(decay) {
    const r = (this.d * decay) / 2;
    return Array.from(this.l.subarray(0, this.k), (l) => Math.max(1 - r / l, 0));
  }

  /** How far the loss of that minimum lies above PCA's, in parts of PCA's. */
  predictedExcess(decay) {
    const lost = this.predicted(decay).map((value, i) => this.l[i] * (1 - value) ** 2);
    return lost.reduce((sum, one) => sum + one, 0) / this.d / this.floor;
  }

  /** The largest angle between the decoder's columns and the first k components, in radians. */
  angle() {
    const { d, k } = this;
    const columns = this.orthonormal();
    const outside = new Float64Array(k * k); // of those components
    for (let a = 0; a < k; a++) {
      for (let b = 0; b <= a; b++) {
        outside[a * k + b] = outside[b * k + a] = dot(columns[a], columns[b], k, d);
      }
    }
    return Math.asin(Math.sqrt(Math.min(Math.max(eigen(outside, k).values[0], 0), 1)));
  }

  /** An orthonormal basis of the decoder's columns: Gram and Schmidt, twice against rounding. */
  orthonormal() {
    const { d, k, w2 } = this;
    const columns = [];
    for (let a = 0; a < k; a++) {
      const column = Float64Array.from({ length: d }, (_, j) => w2[j * k + a]);
      for (let round = 0; round < 2; round++) {
        for (const before of columns) {
          const share = dot(column, before, 0, d);
          for (let j = 0; j < d; j++) column[j] -= share * before[j];
        }
      }
      const size = Math.sqrt(dot(column, column, 0, d)) || 1;
      columns.push(column.map((value) => value / size));
    }
    return columns;
  }

  /** W2 W1 x, of coordinates along the components. */
  rebuild(x) {
    const { d, k, w1, w2 } = this;
    const code = new Float64Array(k);
    for (let j = 0; j < d; j++) for (let a = 0; a < k; a++) code[a] += w1[j * k + a] * x[j];
    return Float64Array.from(x, (_, j) => {
      let sum = 0;
      for (let a = 0; a < k; a++) sum += w2[j * k + a] * code[a];
      return sum;
    });
  }
}
