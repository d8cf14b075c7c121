/** Small symmetric matrices, n x n, row by row. */

/** Eigenvalues, the largest first, and vectors, each a row, by Jacobi's rotations. */
export function eigen(matrix, n) {
  const a = Float64Array.from(matrix);
  const vectors = new Float64Array(n * n);
  for (let i = 0; i < n; i++) vectors[i * n + i] = 1;
  for (let sweep = 0; sweep < 30; sweep++) {
    let off = 0;
    let all = 0;
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        all += a[i * n + j] ** 2;
        if (i !== j) off += a[i * n + j] ** 2;
      }
    }
    if (off <= 1e-28 * all) break;
    for (let p = 0; p < n; p++) for (let q = p + 1; q < n; q++) rotate(a, vectors, n, p, q);
  }
  const order = Array.from({ length: n }, (_, i) => i).toSorted((i, j) => a[j * n + j] - a[i * n + i]);
  return {
    values: order.map((i) => a[i * n + i]),
    vectors: order.map((i) => vectors.slice(i * n, (i + 1) * n)),
  };
}

function rotate(a, vectors, n, p, q) {
  const apq = a[p * n + q];
  if (apq === 0) return;
  const theta = (a[q * n + q] - a[p * n + p]) / (2 * apq);
  const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.hypot(theta, 1));
  const c = 1 / Math.hypot(t, 1);
  const s = t * c;
  for (let i = 0; i < n; i++) {
    const [x, y] = [a[i * n + p], a[i * n + q]];
    a[i * n + p] = c * x - s * y;
    a[i * n + q] = s * x + c * y;
  }
  for (let i = 0; i < n; i++) {
    const [x, y] = [a[p * n + i], a[q * n + i]];
    a[p * n + i] = c * x - s * y;
    a[q * n + i] = s * x + c * y;
    const [v, w] = [vectors[p * n + i], vectors[q * n + i]];
    vectors[p * n + i] = c * v - s * w;
    vectors[q * n + i] = s * v + c * w;
  }
}

/** Its square root, symmetric; eigenvalues below zero, which rounding makes, count as zero. */
export function squareRoot(matrix, n) {
  const { values, vectors } = eigen(matrix, n);
  const root = new Float64Array(n * n);
  values.forEach((value, k) => {
    const size = Math.sqrt(Math.max(value, 0));
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) root[i * n + j] += size * vectors[k][i] * vectors[k][j];
    }
  });
  return root;
}

/** Product of two matrices, n x n. */
export function product(a, b, n) {
  const result = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < n; k++) {
      for (let j = 0; j < n; j++) result[i * n + j] += a[i * n + k] * b[k * n + j];
    }
  }
  return result;
}

/** A function that solves `matrix x = b`, by Cholesky's factor of a positive definite matrix. */
export function solver(matrix, n) {
  const l = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = matrix[i * n + j];
      for (let k = 0; k < j; k++) sum -= l[i * n + k] * l[j * n + k];
      l[i * n + j] = i === j ? Math.sqrt(sum) : sum / l[j * n + j];
    }
  }
  return (b) => {
    const x = Float64Array.from(b);
    for (let i = 0; i < n; i++) {
      for (let k = 0; k < i; k++) x[i] -= l[i * n + k] * x[k];
      x[i] /= l[i * n + i];
    }
    for (let i = n - 1; i >= 0; i--) {
      for (let k = i + 1; k < n; k++) x[i] -= l[k * n + i] * x[k];
      x[i] /= l[i * n + i];
    }
    return x;
  };
}
