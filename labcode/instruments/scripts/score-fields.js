/** Denoisers of points in the plane: the best one of a mixture, and a network; their steps on a grid. */
import { contour } from "./contours.js";
import { Mixture } from "./mixture.js";
import { network } from "./inference.js";

const COMMON = Math.log(0.01); // of the peak: above it, noisy points are common
const CONTOURS = [0.5, 0.1, 0.01]; // in parts of the peak
const FINE = 61; // places of the contours' grid along a side

export class ScoreFields {
  constructor({ mixture, layers, side, across }, take) {
    Object.assign(this, { side, mixture: new Mixture(mixture), network: network(layers, take) });
    [this.places, this.fine] = [across, FINE].map((n) => Array.from(
      { length: n * n }, (_, i) => this.placed([i % n, Math.floor(i / n)], n)));
    this.known = null;
  }

  /** Where in the plane a column and a row of a grid of n x n are. */
  placed(at, n) {
    return at.map((value) => this.side * ((2 * value) / (n - 1) - 1));
  }

  /** r(y, s) = y + s^2 score(y), the mean of the clean point given the noisy one, for each point. */
  exact(points, s) {
    const at = this.mixture.noisy(s);
    return points.map((y) => at(y).score.map((slope, axis) => y[axis] + s * s * slope));
  }

  /** The same as the network learned it: labcode's AnyNoiseDenoiser. */
  learned(points, s) {
    const total = 1 + s * s;
    return points.map((y) => {
      const found = this.network([...y.map((value) => value / Math.sqrt(total)), Math.log(s)]);
      return y.map((value, axis) => value / total + (s / Math.sqrt(total)) * found[axis]);
    });
  }

  /**
   * Steps r(y) - y of both on the grid, where noisy points are common, how far the network's are
   * off, there and everywhere, and contours of the density.
   */
  at(s) {
    if (this.known?.s === s) return this.known;
    const { places, fine } = this;
    const noisy = this.mixture.noisy(s);
    const heights = places.map((place) => noisy(place).logDensity);
    const least = Math.max(...heights) + COMMON;
    const common = heights.map((height) => height > least);
    const steps = (name) => this[name](places, s).map((r, i) => apart(r, places[i]));
    const [exact, learned] = [steps("exact"), steps("learned")];
    const density = fine.map((place) => noisy(place).logDensity);
    const peak = Math.max(...density);
    const contours = CONTOURS.flatMap((part) => contour(density, FINE, peak + Math.log(part)));
    this.known = {
      s, common, exact, learned,
      contours: contours.map((piece) => piece.map((end) => this.placed(end, FINE))),
      error: miss(exact, learned, common), everywhere: miss(exact, learned, common.map(() => true)),
    };
    return this.known;
  }
}

export const apart = (a, b) => a.map((value, axis) => value - b[axis]);

/** Root of the mean square of a field's difference from another, relative to it, where they count. */
function miss(exact, learned, counted) {
  const square = (field) => field.reduce((sum, [x, y], i) => sum + (counted[i] ? x * x + y * y : 0), 0);
  return Math.sqrt(square(learned.map((step, i) => apart(step, exact[i]))) / square(exact));
}
