// The live network's sentences. Needs network_numbers.js and network_picture.js.

const decimals = (value) => value.toFixed(value < 10 ? 1 : 0)
const SCALED = { 2: "doubled", 4: "quadrupled" }

/** Describes a hidden neuron, such as "Hidden 1, neuron 3: activation 1.4, kept, doubled to 2.8". */
function neuronSentence(name, activation, kept, scale, byHand) {
  const hand = byHand ? " by hand" : "", start = `${name}: activation ${decimals(activation)}`
  if (!kept) return `${start}, dropped${hand}, passes on 0`
  if (!activation || scale === 1) return `${start}, kept${hand}`
  const factor = Math.round(100 * scale) / 100
  return `${start}, kept${hand}, ${SCALED[factor] ?? `multiplied by ${factor}`} to ${decimals(activation * scale)}`
}

/** States the answer of one pass, and the answer with all neurons. */
function answerSentence({ mode, pass }, probabilities, calm) {
  const answer = largest(probabilities), sure = percent(probabilities[answer])
  if (mode === "inference") return `Inference: ${answer}, with ${sure}.`
  return `Pass ${pass}: ${answer}, with ${sure}. With all neurons: ${largest(calm)}, with ${percent(calm[largest(calm)])}.`
}

/** Counts the answers of all passes, such as "The 64 passes answer 7 (51 times), 9 (8), 2 (5)." */
function tallySentence(counts) {
  const parts = counts.slice(0, 3).map(([digit, times], i) => `${digit} (${times}${i ? "" : " times"})`)
  const rest = counts.length > 3 ? ", …" : ""
  return `All ${PASSES} passes: ${parts.join(", ")}${rest}`
}
