/** The networks that a reader can train: each knows its loss, and its slopes. */
import { backward, Dense, forward } from "./network.js";

const PIXELS = 784;
const HIDDEN = 128;

/** 784 pixels, a code, 784 pixels; the loss is the mean over images and pixels. */
export class Autoencoder {
  constructor({ codeSize, code, output }) {
    this.layers = [new Dense(PIXELS, codeSize, code), new Dense(codeSize, PIXELS, output)];
  }

  rebuild(x, n) {
    return forward(this.layers, x, n);
  }

  /** Slopes of the loss of n images, kept in the layers. */
  slopes(x, target, n) {
    const y = this.rebuild(x, n);
    const { error, slope } = squares(y, target, 1 / (n * PIXELS));
    backward(this.layers, slope, n);
    return { mse: error };
  }
}

/** The book's dense VAE with one hidden layer; the loss is error + beta x rate, each as `reduce` says. */
export class VariationalAutoencoder {
  /** @param {{codeSize: number, beta: number, reduce: "sums" | "means"}} about */
  constructor({ codeSize, beta, reduce }) {
    this.encoder = [new Dense(PIXELS, HIDDEN, "relu"), new Dense(HIDDEN, 2 * codeSize, "linear")];
    this.decoder = [new Dense(codeSize, HIDDEN, "relu"), new Dense(HIDDEN, PIXELS, "sigmoid")];
    this.layers = [...this.encoder, ...this.decoder];
    Object.assign(this, { codeSize, beta, reduce });
  }

  /** From the means of the posteriors. */
  rebuild(x, n) {
    const { codeSize: k } = this;
    const posterior = forward(this.encoder, x, n);
    const means = new Float64Array(n * k);
    for (let row = 0; row < n; row++) {
      means.set(posterior.subarray(2 * k * row, 2 * k * row + k), k * row);
    }
    return forward(this.decoder, means, n);
  }

  /** Slopes, with codes drawn by `draw`; `rates` holds the mean rate of each unit in nats. */
  slopes(x, target, n, draw) {
    const { codeSize: k, beta } = this;
    const [perError, perRate] = this.reduce === "sums" ? [1 / n, beta / n] : [1 / (n * PIXELS), beta / (n * k)];
    const posterior = forward(this.encoder, x, n);
    const [codes, noise] = [new Float64Array(n * k), Float64Array.from({ length: n * k }, draw)];
    const spread = (row, a) => Math.exp(posterior[2 * k * row + k + a] / 2);
    for (let row = 0; row < n; row++) {
      for (let a = 0; a < k; a++) {
        codes[row * k + a] = posterior[2 * k * row + a] + spread(row, a) * noise[row * k + a];
      }
    }
    const y = forward(this.decoder, codes, n);
    const { error, slope } = squares(y, target, perError);
    const byCode = backward(this.decoder, slope, n, true);
    const byPosterior = new Float64Array(posterior.length);
    const rates = new Float64Array(k);
    for (let row = 0; row < n; row++) {
      for (let a = 0; a < k; a++) {
        const [at, mean, width] = [2 * k * row + a, posterior[2 * k * row + a], spread(row, a)];
        const down = byCode[row * k + a];
        byPosterior[at] = down + perRate * mean;
        byPosterior[at + k] = (down * noise[row * k + a] * width + perRate * (width * width - 1)) / 2;
        rates[a] += (mean * mean + width * width - 1 - posterior[at + k]) / 2 / n;
      }
    }
    backward(this.encoder, byPosterior, n);
    return { mse: error / perError / (n * PIXELS), rates };
  }
}

/** `weight` times the sum of squared differences, and its slope along y. */
function squares(y, target, weight) {
  let error = 0;
  const slope = y.map((value, i) => {
    const difference = value - target[i];
    error += weight * difference * difference;
    return 2 * weight * difference;
  });
  return { error, slope };
}
