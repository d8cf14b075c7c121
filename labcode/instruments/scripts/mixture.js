/** A mixture of Gaussians in the plane, of which all is known in closed form. */

export class Mixture {
  constructor({ weights, means, covariances }) {
    Object.assign(this, { weights, means, covariances });
  }

  /**
   * A function of a point y = x + s n: its log density, that density's gradient, the score, and
   * each Gaussian's share in it.
   * @param {number} s the noise, 0 or more
   */
  noisy(s) {
    const parts = this.weights.map((weight, k) => {
      const [[a, b], [, d]] = this.covariances[k];
      const [xx, yy] = [a + s * s, d + s * s];
      const determinant = xx * yy - b * b;
      return {
        mean: this.means[k], xx: yy / determinant, xy: -b / determinant, yy: xx / determinant,
        log: Math.log(weight / (2 * Math.PI)) - Math.log(determinant) / 2,
      };
    });
    return ([x, y]) => {
      const pulls = parts.map(({ mean, xx, xy, yy }) => {
        const [dx, dy] = [x - mean[0], y - mean[1]];
        return [-(xx * dx + xy * dy), -(xy * dx + yy * dy), dx, dy];
      });
      const terms = parts.map(({ log }, k) => {
        const [px, py, dx, dy] = pulls[k];
        return log + (px * dx + py * dy) / 2;
      });
      const largest = Math.max(...terms);
      const powers = terms.map((term) => Math.exp(term - largest));
      const sum = powers.reduce((total, power) => total + power, 0);
      const shares = powers.map((power) => power / sum);
      const score = [0, 1].map((axis) => shares.reduce((total, share, k) => total + share * pulls[k][axis], 0));
      return { logDensity: largest + Math.log(sum), score, shares };
    };
  }
}
