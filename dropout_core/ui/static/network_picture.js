// The drawing of the live network: pixels, hidden neurons, connections and output bars, as SVG. Needs network_numbers.js.

const STRONGEST = 4 // connections drawn per neuron of the first layer; all 196 would hide each other
const TARGET = 24.5 // pixels per neuron: large enough for a finger
const CROSS = "M-4.5,-4.5L4.5,4.5M4.5,-4.5L-4.5,4.5"

const svg = (tag, attributes = {}, parent) => {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag)
  set(element, attributes)
  parent?.append(element)
  return element
}
const set = (element, attributes) => Object.entries(attributes).forEach(([name, value]) => element.setAttribute(name, value))
const percent = (share) => `${Math.round(100 * share)} %`
const place = (columns, column, i) => [columns[column].x, columns[column].y(i)]

/** Returns the positions of all parts in a picture of this width, in pixels. */
function geometry(width, sizes) {
  const wide = width >= 640, top = 6, line = 17
  const foot = wide ? 28 : 28 + line // a phone has no room for the factor beside the count, so it stands below
  const height = top + foot + Math.max(360, TARGET * Math.max(...sizes))
  const shares = wide ? [0.36, 0.58, 0.78] : [0.36, 0.56, 0.7]
  const columns = shares.map((share, k) => {
    const step = (height - top - foot) / sizes[k]
    return { x: share * width, y: (i) => top + (i + 0.5) * step, step }
  })
  const side = Math.min(0.24 * width, 210), room = wide ? 58 : 46
  return {
    width, height, columns, count: height - foot + 20, factor: height - 8, wide,
    radius: Math.min(wide ? 13 : 11, 0.42 * columns[0].step),
    digit: { x: 0, y: top + (height - top - foot - side) / 2, side, cell: side / SMALL },
    bars: { x: columns[2].x + 16, width: width - columns[2].x - 16 - room },
  }
}

/** The SVG of one network. show() draws a state; layout() fits the width. */
class Picture {
  constructor(root, layers) {
    this.root = root
    this.layers = layers
    this.sizes = layers.map((layer) => layer.biases.length)
    root.replaceChildren()
    this.paper = svg("rect", { class: "paper-edge", rx: 3 }, root)
    this.pixels = this._many("rect", SMALL * SMALL, svg("g", { "aria-hidden": true, class: "pixels" }, root))
    this.edges = svg("g", { "aria-hidden": true }, root)
    this.lines = [
      this._many("line", STRONGEST * this.sizes[0], this.edges),
      ...this.sizes.slice(1).map((size, k) => this._many("line", size * this.sizes[k], this.edges)),
    ]
    this.neurons = this.sizes.slice(0, -1).flatMap((size, layer) =>
      Array.from({ length: size }, (_, i) => this._neuron(layer, i)))
    this.outputs = Array.from({ length: this.sizes.at(-1) }, (_, i) => this._output(i))
    const [first, second] = [0, 1].map(() =>
      this.sizes.slice(0, -1).map(() => svg("text", { class: "count", "text-anchor": "middle" }, root)))
    Object.assign(this, { counts: first, factors: second })
  }

  _many(tag, count, parent) {
    return Array.from({ length: count }, () => svg(tag, {}, parent))
  }

  _neuron(layer, i) {
    const group = svg("g", { class: "neuron", role: "button", tabindex: 0 }, this.root)
    return {
      group, layer, i, name: `Hidden ${layer + 1}, neuron ${i + 1}`,
      target: svg("circle", { class: "target", r: TARGET / 2 }, group), disc: svg("circle", { class: "disc" }, group),
      cross: svg("path", { class: "cross", d: CROSS }, group), mark: svg("circle", { class: "mark", r: 3.5 }, group),
    }
  }

  _output(i) {
    const group = svg("g", { class: "output", role: "img" }, this.root)
    const label = svg("text", { "text-anchor": "middle" }, group)
    label.textContent = i
    return {
      group, label, track: svg("rect", { class: "track" }, group), bar: svg("rect", { class: "fill" }, group),
      tick: svg("line", { class: "tick" }, group), share: svg("text", { class: "share" }, group),
    }
  }

  layout(width) {
    const at = (this.at = geometry(width, this.sizes))
    set(this.root, { viewBox: `0 0 ${at.width} ${at.height}`, height: at.height, width: at.width })
    const { x, y, side, cell } = at.digit
    set(this.paper, { x: x + 1, y, width: side, height: side })
    this.pixels.forEach((rect, i) => {
      const size = cell + 0.3 // an overlap, since gaps between pixels would show as lines
      set(rect, { x: x + 1 + (i % SMALL) * cell, y: y + Math.floor(i / SMALL) * cell, width: size, height: size })
    })
    this.neurons.forEach(({ group, layer, i, disc, mark }) => {
      set(group, { transform: `translate(${place(at.columns, layer, i)})` })
      set(disc, { r: at.radius })
      set(mark, { cx: at.radius, cy: -at.radius + 2 })
    })
    this.outputs.forEach(({ label, track, bar, share }, i) => {
      const [x, y] = place(at.columns, 2, i), box = { x: at.bars.x, y: y - 8, height: 16 }
      set(label, { x, y: y + 5 })
      set(track, { ...box, width: at.bars.width })
      set(bar, box)
      set(share, { x: at.bars.x + at.bars.width + 6, y: y + 5 })
    })
    this.counts.forEach((text, k) => set(text, { x: at.columns[k].x, y: at.count }))
    this.factors.forEach((text, k) => set(text, { x: at.columns[k].x, y: at.factor }))
    this._layInnerLines()
  }

  /** Fixes the ends of all connections between neurons; those of the pixels depend on the digit. */
  _layInnerLines() {
    this.lines.slice(1).forEach((lines, k) => lines.forEach((line, n) => {
      const size = this.sizes[k + 1], from = Math.floor(n / size), to = n % size
      this._join(line, place(this.at.columns, k, from), place(this.at.columns, k + 1, to), this.at.radius)
    }))
  }

  _join(line, [x1, y1], [x2, y2], rim) {
    set(line, { x1: x1 + rim, y1, x2: x2 - this.at.radius, y2 })
  }

  /**
   * Draws one pass. run: the result of forward(); keep: one entry per hidden neuron; scale: the kept ones' factor; byHand: a Map from a neuron's
   * index to the state that the reader chose; calm: the probabilities with all neurons; sentences: one per neuron;
   * watched: the index of the neuron whose connections stand out, or null.
   */
  show({ run, keep, scale, byHand, calm, sentences, watched }) {
    this.watched = this.neurons[watched]
    this.neurons.forEach((neuron, n) => this._showNeuron(neuron, n, run, keep[n], byHand.has(n), sentences[n]))
    this._showPixels(run.values[0])
    this._showPixelLines(run.values[0], keep)
    this.lines.slice(1).forEach((lines, k) => this._showLines(lines, k, run.values[k + 1], keep))
    this.outputs.forEach((output, i) => this._showOutput(output, i, run.probabilities, calm[i]))
    const times = scale > 1 ? `× ${Math.round(100 * scale) / 100}` : ""
    this.counts.forEach((text, k) => {
      const kept = keep.slice(this._first(k), this._first(k) + this.sizes[k]).filter(Boolean).length
      const count = `${kept} of ${this.sizes[k]}`
      text.textContent = this.at.wide ? `${count} kept${times && `, ${times}`}` : count
      this.factors[k].textContent = this.at.wide || !times ? "" : `each ${times}`
    })
  }

  /** Shades the pixels; if a neuron of the first layer is watched, by their contributions to its sum. */
  _showPixels(values) {
    const j = this.watched?.layer === 0 ? this.watched.i : null
    const parts = values.map((value, i) => (j === null ? value : value * this.layers[0].weights[i][j]))
    const most = j === null ? 1 : Math.max(...parts.map(Math.abs)) || 1
    this.pixels.forEach((rect, i) => {
      rect.setAttribute("fill-opacity", Math.abs(parts[i]) / most)
      rect.setAttribute("class", j === null ? "" : parts[i] < 0 ? "against" : "for")
    })
  }

  /** Draws the strongest connections from pixels. They start beside their pixels' rows, to leave the digit legible. */
  _showPixelLines(values, keep) {
    const { cell, x, y, side } = this.at.digit
    for (let j = 0; j < this.sizes[0]; j++) {
      const parts = values.map((value, i) => [value * this.layers[0].weights[i][j], i]).filter(([part]) => part)
      const strongest = parts.sort(([a], [b]) => Math.abs(b) - Math.abs(a))
      for (let s = 0; s < STRONGEST; s++) {
        const line = this.lines[0][STRONGEST * j + s], [part, i] = strongest[s] ?? [0, 0]
        this._join(line, [x + side, y + (Math.floor(i / SMALL) + 0.5) * cell], place(this.at.columns, 0, j), 0)
        this._showLine(line, part, this.reach[0], keep[j], this._isWatched(0, j))
      }
    }
  }

  /** Draws the connections from hidden layer k to the next layer. */
  _showLines(lines, k, values, keep) {
    const size = this.sizes[k + 1], last = k + 2 === this.sizes.length
    lines.forEach((line, n) => {
      const from = Math.floor(n / size), to = n % size
      const on = keep[this._first(k) + from] && (last || keep[this._first(k + 1) + to])
      const watched = this._isWatched(k, from) || this._isWatched(k + 1, to)
      this._showLine(line, this.layers[k + 1].weights[from][to] * values[from], this.reach[k + 1], on, watched)
    })
  }

  _isWatched(layer, i) {
    return !this.watched || (this.watched.layer === layer && this.watched.i === i)
  }

  _first(layer) {
    return this.sizes.slice(0, layer).reduce((a, b) => a + b, 0)
  }

  _showNeuron({ group, layer, i, disc }, n, run, kept, byHand, sentence) {
    group.classList.toggle("dropped", !kept)
    group.classList.toggle("by-hand", byHand)
    if (group.getAttribute("aria-label") !== sentence) group.setAttribute("aria-label", sentence)
    set(disc, { "fill-opacity": kept ? 0.2 + 0.8 * Math.min(1, run.values[layer + 1][i] / this.brightest[layer]) : 0 })
  }

  _showLine(line, part, reach, on, watched) {
    const strength = Math.min(1, Math.abs(part) / reach), seen = on ? 0.08 + 0.72 * strength : 0.14
    line.setAttribute("class", on ? (part < 0 ? "against" : "for") : "off")
    line.setAttribute("stroke-width", on ? 0.3 + 3.2 * strength : 1)
    line.setAttribute("stroke-opacity", watched ? seen : 0.2 * seen)
  }

  _showOutput({ group, bar, tick, share }, digit, probabilities, calm) {
    const { x, width } = this.at.bars, y = Number(bar.getAttribute("y")), mark = x + width * calm
    set(bar, { width: width * probabilities[digit] })
    set(tick, { x1: mark, x2: mark, y1: y - 3, y2: y + 19 })
    share.textContent = percent(probabilities[digit])
    group.classList.toggle("answer", digit === largest(probabilities))
    group.setAttribute("aria-label", `Digit ${digit}: ${percent(probabilities[digit])}, with all neurons ${percent(calm)}`)
  }

  /** Fixes the scales of shades and widths: half of the largest values over these inputs, with all neurons. */
  scaleTo(inputs) {
    const all = Array(this._first(this.sizes.length - 1)).fill(true)
    const runs = inputs.map((input) => forward(this.layers, input, all, 1))
    this.brightest = this.sizes.slice(0, -1).map((_, k) => 0.5 * Math.max(...runs.flatMap((run) => run.activations[k])))
    this.reach = this.layers.map(({ weights }, k) => 0.5 * Math.max(...runs.flatMap(({ values }) =>
      values[k].flatMap((value, i) => weights[i].map((weight) => Math.abs(weight * value))))))
  }
}
