/**
 * Walks by a denoiser r(y, s) = y + s^2 score(y): one step of a coordinate from y, where the
 * denoiser says r.
 */

/** Up the density of noisy points, by s^2 times the score. */
export const ascent = (y, r) => r;

/** Langevin dynamics with steps of `share` s^2: it draws from the density of noisy points. */
export const langevin = (y, r, s, share, n) => y + share * (r - y) + s * Math.sqrt(2 * share) * n;

/** From noise of strength s to noise of strength t, along the flow of densities: Euler's step. */
export const flow = (y, r, s, t) => r + (t / s) * (y - r);

/** Strengths of noise in equal ratios, and then none. */
export function strengths(high, low, steps) {
  const levels = Array.from({ length: steps }, (_, i) => high * (low / high) ** (i / (steps - 1)));
  return [...levels, 0];
}
