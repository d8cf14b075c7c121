/** Training in mini-batches on a few thousand images, an epoch at a time. */
import { Autoencoder, VariationalAutoencoder } from "./autoencoders.js";
import { Adam } from "./network.js";
import { normal, uniform } from "./random.js";

const PIXELS = 784;
const BATCH = 32;
const VALIDATION_SEED = 20_000;
const SHOWN = 5;
const ACTIVE = 0.01; // nats

export class Training {
  /**
   * @param {Uint8Array} greys pixels of all images, 0 to 255; the last `validation` of them validate
   * @param {{network: "plain" | "variational", codeSize: number, code: string, output: string,
   *   beta: number, reduce: string, noise: number, clipTraining: boolean,
   *   clipValidation: boolean, rate: number, epochs: number, seed: number}} about
   */
  constructor(greys, validation, about) {
    const images = Float64Array.from(greys, (grey) => grey / 255);
    const split = images.length - validation * PIXELS;
    this.train = images.subarray(0, split);
    this.validation = images.subarray(split);
    this.about = about;
    this.model = about.network === "plain" ? new Autoencoder(about) : new VariationalAutoencoder(about);
    this.model.layers.forEach((layer, i) => layer.initialise(1000 * about.seed + i));
    this.adam = new Adam(this.model.layers, about.rate);
    [this.order, this.draw] = [uniform(1000 * about.seed + 100), normal(1000 * about.seed + 101)];
    this.met = noisy(this.validation, about.noise, about.clipValidation, normal(VALIDATION_SEED));
  }

  /** One pass over the training images: mean errors, and what it makes of some images. */
  epoch() {
    const { about, model } = this;
    const count = this.train.length / PIXELS;
    const order = shuffled(count, this.order);
    let error = 0;
    const rates = new Float64Array(about.codeSize);
    for (let first = 0; first < count; first += BATCH) {
      const some = order.slice(first, first + BATCH);
      const target = new Float64Array(some.length * PIXELS);
      some.forEach((which, row) => {
        target.set(this.train.subarray(which * PIXELS, (which + 1) * PIXELS), row * PIXELS);
      });
      const seen = noisy(target, about.noise, about.clipTraining, this.draw);
      const found = model.slopes(seen, target, some.length, this.draw);
      error += (found.mse * some.length) / count;
      found.rates?.forEach((rate, a) => (rates[a] += (rate * some.length) / count));
      this.adam.step();
    }
    return {
      train: error, validation: this.validate(),
      rate: rates.reduce((sum, one) => sum + one, 0),
      active: rates.filter((one) => one > ACTIVE).length,
      seen: this.met.slice(0, SHOWN * PIXELS),
      rebuilt: model.rebuild(this.met.slice(0, SHOWN * PIXELS), SHOWN),
    };
  }

  /** Mean squared error on the validation images. */
  validate() {
    const many = 100 * PIXELS;
    let sum = 0;
    for (let first = 0; first < this.met.length; first += many) {
      const seen = this.met.subarray(first, first + many);
      const y = this.model.rebuild(seen, seen.length / PIXELS);
      for (let i = 0; i < y.length; i++) sum += (y[i] - this.validation[first + i]) ** 2;
    }
    return sum / this.met.length;
  }
}

/** The images with Gaussian noise, cut to [0, 1] if `clip`. */
export function noisy(images, std, clip, draw) {
  if (std === 0) return images;
  return images.map((value) => {
    const seen = value + std * draw();
    return clip ? Math.min(Math.max(seen, 0), 1) : seen;
  });
}

function shuffled(count, draw) {
  const order = Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(draw() * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}
