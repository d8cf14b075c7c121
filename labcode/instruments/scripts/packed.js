/** Dense networks as Python's `pack` packed them. */

const ACTIVATIONS = {
  identity: (v) => v,
  relu: (v) => Math.max(v, 0),
  silu: (v) => v / (1 + Math.exp(-v)),
  sigmoid: (v) => 1 / (1 + Math.exp(-v)),
  tanh: Math.tanh,
};

/** From an array of a network's inputs to one of its outputs; `take` gives its weights. */
export function network(layers, take) {
  const parts = layers.map((layer) => layer.kind === "linear"
    ? affine(layer, take) : (values) => values.map(ACTIVATIONS[layer.kind]));
  return (inputs) => parts.reduce((values, part) => part(values), Float64Array.from(inputs));
}

function affine({ inputs, outputs }, take) {
  const scale = take(Float32Array, outputs);
  const bias = take(Float32Array, outputs);
  const low = take(Uint8Array, inputs * outputs);
  const high = take(Int8Array, inputs * outputs);
  const weight = new Float32Array(inputs * outputs);
  for (let i = 0; i < weight.length; i++) {
    weight[i] = (high[i] * 256 + low[i]) * scale[Math.floor(i / inputs)];
  }
  return (values) => {
    const result = new Float64Array(outputs);
    for (let row = 0, i = 0; row < outputs; row++) {
      let sum = bias[row];
      for (let column = 0; column < inputs; column++, i++) sum += weight[i] * values[column];
      result[row] = sum;
    }
    return result;
  };
}
