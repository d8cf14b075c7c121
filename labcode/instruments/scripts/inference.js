/** Trained networks as labcode.instruments.packing packs them, run forward for one input. */

const ACTIVATIONS = {
  identity: (v) => v,
  relu: (v) => Math.max(v, 0),
  silu: (v) => v / (1 + Math.exp(-v)),
  sigmoid: (v) => 1 / (1 + Math.exp(-v)),
  tanh: Math.tanh,
};
const LAYERS = { linear, convolution, transposed };

/**
 * A network from what Python packed.
 * @param {object[]} layers as in the header
 * @param {Function} take gives the next array
 * @returns {(values: Iterable<number>) => Float64Array} from one input to one output
 */
export function network(layers, take) {
  const steps = layers.map((layer) => {
    const activation = ACTIVATIONS[layer.kind];
    return activation ? (values) => values.map(activation) : LAYERS[layer.kind](layer, take);
  });
  return (values) => steps.reduce((now, step) => step(now), Float64Array.from(values));
}

function weights(take, rows, columns, outputs) {
  const scale = take(Float32Array, rows);
  const bias = take(Float32Array, outputs);
  const low = take(Uint8Array, rows * columns);
  const high = take(Int8Array, rows * columns);
  const weight = new Float32Array(rows * columns);
  for (let i = 0; i < weight.length; i++) {
    weight[i] = (high[i] * 256 + low[i]) * scale[Math.floor(i / columns)];
  }
  return { weight, bias };
}

function linear({ inputs, outputs }, take) {
  const { weight, bias } = weights(take, outputs, inputs, outputs);
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

function convolution(layer, take) {
  const { inputs, outputs, side } = layer;
  const own = weights(take, outputs[0], inputs[0] * side ** 2, outputs[0]);
  const wires = wiring(layer, outputs, inputs, (small, large, tap) => [large, small, tap]);
  return shared(layer, own, wires, (from, to) => to * inputs[0] + from);
}

function transposed(layer, take) {
  const { inputs, outputs, side } = layer;
  const own = weights(take, inputs[0], outputs[0] * side ** 2, outputs[0]);
  const wires = wiring(layer, inputs, outputs, (small, large, tap) => [small, large, tap]);
  return shared(layer, own, wires, (from, to) => from * outputs[0] + to);
}

/** Places of the smaller map, those of the larger one, and the tap of the kernel between them. */
function wiring({ side, stride, padding }, [, height, width], [, tall, wide], order) {
  const found = [];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let tap = 0; tap < side ** 2; tap++) {
        const row = y * stride + Math.floor(tap / side) - padding;
        const column = x * stride + (tap % side) - padding;
        if (row < 0 || row >= tall || column < 0 || column >= wide) continue;
        found.push(...order(y * width + x, row * wide + column, tap));
      }
    }
  }
  return Int32Array.from(found);
}

/** Every map of the input to every map of the output, by wires that all pairs of maps share. */
function shared({ inputs, outputs, side }, { weight, bias }, wires, kernel) {
  const [read, written] = [inputs[1] * inputs[2], outputs[1] * outputs[2]];
  return (values) => {
    const result = new Float64Array(outputs[0] * written);
    for (let to = 0; to < outputs[0]; to++) {
      result.fill(bias[to], to * written, (to + 1) * written);
      for (let from = 0; from < inputs[0]; from++) {
        const [at, into, first] = [from * read, to * written, kernel(from, to) * side ** 2];
        for (let i = 0; i < wires.length; i += 3) {
          result[into + wires[i + 1]] += weight[first + wires[i + 2]] * values[at + wires[i]];
        }
      }
    }
    return result;
  };
}
