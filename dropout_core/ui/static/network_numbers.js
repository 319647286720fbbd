// The arithmetic of the live network: random draws, masks, forward pass, and the drawn digit as an MNIST image.
// A network is a list of layers { weights, biases }; weights[i][j] leads from input i to neuron j.

const PASSES = 64, SMALL = 14, LEVELS = 15

/** Returns a number from [0, 1) that depends only on the three integers, so that a link restores every mask. */
export function uniform(seed, pass, neuron) {
  let h = 0
  for (const part of [seed, pass, neuron]) {
    h = Math.imul(h ^ part, 0x9e3779b1) + 0x7f4a7c15
    h = Math.imul(h ^ (h >>> 16), 0x85ebca6b) // the finaliser of MurmurHash3
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
    h ^= h >>> 16
  }
  return (h >>> 0) / 2 ** 32
}

/** Returns which hidden neurons the mask of this pass keeps: those whose draw is at least the rate. */
export function keepMask(neurons, { rate, pass, seed, mode }) {
  return Array.from({ length: neurons }, (_, i) => mode === "inference" || uniform(seed, pass, i) >= rate)
}

/** Returns the factor on kept activations: 1 / (1 − rate) in training, 1 at inference. */
export const scaleOf = ({ rate, mode }) => (mode === "inference" ? 1 : 1 / (1 - rate))

/** Returns inputs · weights + biases. */
function sums({ weights, biases }, inputs) {
  const totals = biases.slice()
  inputs.forEach((value, i) => {
    if (value) weights[i].forEach((weight, j) => (totals[j] += weight * value))
  })
  return totals
}

export function softmax(logits) {
  const top = Math.max(...logits), powers = logits.map((z) => Math.exp(z - top))
  const total = powers.reduce((a, b) => a + b)
  return powers.map((power) => power / total)
}

/**
 * Runs the network on one input. keep has one entry per hidden neuron, layer after layer.
 * activations: after the ReLU, before the mask; values: the outputs of each layer, the inputs first.
 */
export function forward(layers, inputs, keep, scale) {
  const activations = [], values = [inputs]
  let first = 0
  for (const layer of layers.slice(0, -1)) {
    const active = sums(layer, values.at(-1)).map((z) => Math.max(0, z)), offset = first
    activations.push(active)
    values.push(active.map((a, i) => (keep[offset + i] ? a * scale : 0)))
    first += active.length
  }
  return { activations, values, probabilities: softmax(sums(layers.at(-1), values.at(-1))) }
}

export const largest = (values) => values.indexOf(Math.max(...values))

/** Counts the predictions of all passes: [digit, number of passes], the most frequent first. */
export function tally(layers, inputs, settings, keepIn) {
  const counts = new Map()
  for (let pass = 1; pass <= PASSES; pass++) {
    const here = { ...settings, pass }
    const answer = largest(forward(layers, inputs, keepIn(here), scaleOf(here)).probabilities)
    counts.set(answer, (counts.get(answer) ?? 0) + 1)
  }
  return [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0])
}

/**
 * Scales a drawing to 20 of 28 pixels and centres its mass, as in MNIST, then halves it to 14 × 14.
 * grey: size × size bytes. Returns whole numbers from 0 to LEVELS, or null if nothing is drawn.
 */
export function asDigit(grey, size) {
  let mass = 0, mx = 0, my = 0, left = size, right = -1, top = size, bottom = -1
  grey.forEach((value, i) => {
    if (!value) return
    const x = i % size, y = Math.floor(i / size)
    mass += value; mx += value * (x + 0.5); my += value * (y + 0.5)
    left = Math.min(left, x); right = Math.max(right, x); top = Math.min(top, y); bottom = Math.max(bottom, y)
  })
  if (!mass) return null
  const scale = (Math.max(right - left, bottom - top) + 1) / (20 / 28 * SMALL) // drawn pixels per small pixel
  const columns = covered(size, mx / mass, scale), rows = covered(size, my / mass, scale)
  const sums = new Array(SMALL * SMALL).fill(0)
  for (let y = top; y <= bottom; y++) {
    const row = new Array(SMALL).fill(0)
    for (let x = left; x <= right; x++) for (const [i, part] of columns[x]) row[i] += part * grey[size * y + x]
    for (const [j, part] of rows[y]) row.forEach((sum, i) => (sums[SMALL * j + i] += part * sum))
  }
  return sums.map((sum) => Math.round((LEVELS * sum) / 255))
}

/** Lists the small pixels that each drawn pixel overlaps along one axis, and the overlap: [index, overlap]. */
function covered(size, centre, scale) {
  const edge = (x) => (x - centre) / scale + SMALL / 2
  const part = (x, i) => Math.min(edge(x + 1), i + 1) - Math.max(edge(x), i)
  const small = Array.from({ length: SMALL }, (_, i) => i)
  return Array.from({ length: size }, (_, x) => small.map((i) => [i, part(x, i)]).filter(([, covers]) => covers > 0))
}
