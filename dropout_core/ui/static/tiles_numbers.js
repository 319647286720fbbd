// Counts the images that a net classifies correctly without some of its first-layer neurons, whose contributions are
// subtracted from the sums before the second ReLU.
// A net: sums × sumScale [image, second], activations × scales [image, tile], below [tile, second],
// above [second, digit], biases [digit]. Removed neurons are given by their tiles.

const DIGITS = 10

/** Decodes the base64 text of an array of numbers. */
export function decode(text, Kind) {
  return new Kind(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer)
}

/** Decodes the fields of a net that contain arrays. kinds: their types, by name. */
export function decodeFields(net, kinds) {
  const decoded = Object.entries(kinds).map(([name, Kind]) => [name, decode(net[name], Kind)])
  return { ...net, ...Object.fromEntries(decoded) }
}

export const decodeNet = (net) =>
  decodeFields(net, { sums: Int16Array, activations: Uint8Array, below: Float32Array, above: Float32Array })

/** Returns how many images of each digit are classified correctly without these tiles' neurons. */
export function rightByDigit(net, labels, removed) {
  const right = Array(DIGITS).fill(0)
  labels.forEach((label, image) => (right[label] += answer(net, hiddenSums(net, image, removed)) === label))
  return right
}

function hiddenSums(net, image, removed) {
  const width = net.above.length / DIGITS, tiles = net.scales.length
  const sums = Float32Array.from(net.sums.subarray(image * width, (image + 1) * width), (sum) => sum * net.sumScale)
  for (const tile of removed) {
    const activation = net.activations[image * tiles + tile] * net.scales[tile]
    if (activation) for (let j = 0; j < width; j++) sums[j] -= activation * net.below[tile * width + j]
  }
  return sums
}

function answer(net, sums) {
  const logits = net.biases.slice()
  sums.forEach((sum, j) => {
    if (sum > 0) for (let digit = 0; digit < DIGITS; digit++) logits[digit] += sum * net.above[j * DIGITS + digit]
  })
  return logits.indexOf(Math.max(...logits))
}
