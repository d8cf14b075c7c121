/** Lines of equal height. */

const CORNERS = [[0, 0], [1, 0], [1, 1], [0, 1]];

/**
 * Pieces of the line where a function on a grid of n x n has the height `level`: marching squares.
 * @param {number[]} heights row by row
 * @returns {number[][][]} two ends a piece, each a column and a row
 */
export function contour(heights, n, level) {
  const pieces = [];
  for (let row = 0; row + 1 < n; row++) {
    for (let column = 0; column + 1 < n; column++) {
      const at = row * n + column;
      const below = heights[at] < level;
      const alike = [at + 1, at + n, at + n + 1].every((place) => heights[place] < level === below);
      if (alike) continue;
      const above = CORNERS.map(([x, y]) => heights[at + y * n + x] - level);
      const ends = CORNERS.flatMap(([x, y], i) => {
        const next = (i + 1) % 4;
        if (above[i] < 0 === above[next] < 0) return [];
        const share = above[i] / (above[i] - above[next]);
        const [toX, toY] = CORNERS[next];
        return [[column + x + share * (toX - x), row + y + share * (toY - y)]];
      });
      for (let i = 0; i < ends.length; i += 2) pieces.push([ends[i], ends[i + 1]]);
    }
  }
  return pieces;
}
