// Reconstructs digits with an autoencoder from which neurons are removed. Needs tiles_numbers.js.
// A decoder: weights × scales [neuron, pixel], biases [pixel], activations [digit, neuron].

const PIXELS = 784

export const decodeDecoder = (decoder) =>
  decodeFields(decoder, { weights: Int8Array, scales: Float32Array, biases: Float32Array, activations: Float32Array })

/** Returns the logits of all pixels of all digits when the neurons in this set are removed. */
export function logitsWithout(decoder, removed) {
  const neurons = decoder.scales.length, digits = decoder.activations.length / neurons
  const logits = new Float64Array(digits * PIXELS)
  for (let digit = 0; digit < digits; digit++) logits.set(decoder.biases, digit * PIXELS)
  for (let neuron = 0; neuron < neurons; neuron++) if (!removed.has(neuron)) add(decoder, logits, neuron, 1)
  return logits
}

/** Adds a neuron's part to the logits, or subtracts it if the sign is -1. */
export function add({ weights, scales, activations }, logits, neuron, sign) {
  const neurons = scales.length, row = weights.subarray(neuron * PIXELS, (neuron + 1) * PIXELS)
  for (let digit = 0; digit * PIXELS < logits.length; digit++) {
    const factor = sign * activations[digit * neurons + neuron] * scales[neuron], start = digit * PIXELS
    if (factor) for (let pixel = 0; pixel < PIXELS; pixel++) logits[start + pixel] += factor * row[pixel]
  }
  return logits
}

/** Returns the reconstructed pixels, from 0 to 1. */
export const toPixels = (logits) => logits.map((logit) => 1 / (1 + Math.exp(-logit)))

/** Returns the squared error per image. Images have pixels from 0 to 255. */
export function squaredError(pixels, images) {
  const sum = pixels.reduce((before, pixel, i) => before + (pixel - images[i] / 255) ** 2, 0)
  return (sum * PIXELS) / images.length
}
