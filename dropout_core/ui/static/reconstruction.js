// Two autoencoders as tiles of neurons, above the digits that they reconstruct. Pressing a tile removes the neuron.
// data: images [digit, pixel], nets (title, colour, and what reconstruction_numbers.js needs). Reports nothing.
// Needs tile_grid.js, tiles_numbers.js and reconstruction_numbers.js.

const SIDE = 28, SOME = 16 // pixels per row of a digit; neurons removed by the button

/** Draws pictures of SIDE × SIDE grey values from 0 to 255 side by side. */
function drawGrey(canvas, values) {
  const count = values.length / PIXELS, picture = new ImageData(SIDE * count, SIDE)
  values.forEach((value, i) => {
    const cell = Math.floor(i / PIXELS), row = Math.floor((i % PIXELS) / SIDE), column = i % SIDE
    const at = 4 * (row * SIDE * count + cell * SIDE + column)
    picture.data.fill(value, at, at + 3)
    picture.data[at + 3] = 255
  })
  Object.assign(canvas, { width: picture.width, height: picture.height })
  canvas.getContext("2d").putImageData(picture, 0, 0)
}

class Autoencoder {
  constructor(parent, net, images, changed) {
    Object.assign(this, { net: decodeDecoder(net), images, changed, removed: new Set() })
    this.count = this.net.scales.length
    this.before = this._error(logitsWithout(this.net, this.removed))
    this.blank = this._error(logitsWithout(this.net, new Set(Array(this.count).keys())))
    this._build(parent)
  }

  _build(parent) {
    const { title, colour } = this.net
    this.panel = panel(parent, title, colour)
    const { section } = this.panel
    this._digits(section, "Input").setAttribute("aria-label", "Ten digits, 0 to 9")
    drawGrey(section.querySelector("canvas"), this.images)
    this.made = this._digits(section, "Reconstruction")
    this.reading = element("p", "reading", section)
    this.buttons = tileGrid(section, title, this.count, { read: (i) => this._read(i), toggle: (i) => this._toggle(i) })
    this.buttons.forEach((button, i) => {
      const weights = this.net.weights.subarray(i * PIXELS, (i + 1) * PIXELS)
      drawGrey(element("canvas", "", button), Float32Array.from(weights, (weight) => weight + 128))
      button.classList.toggle("dead", !this._active(i))
    })
  }

  _digits(parent, label) {
    element("p", "label", parent).textContent = label
    const canvas = element("canvas", "digits", parent)
    canvas.setAttribute("role", "img")
    return canvas
  }

  /** Returns the number of digits for which a neuron is active. */
  _active(i) {
    return this.net.activations.filter((value, at) => at % this.count === i && value > 0).length
  }

  _error(logits) {
    return squaredError(toPixels(logits), this.images)
  }

  _toggle(i) {
    if (!this.removed.delete(i)) this.removed.add(i)
    this.show()
    this._read(i)
    this.changed(this.said)
  }

  /** Says how much the error depends on a neuron. */
  _read(i) {
    const gone = this.removed.has(i), active = this._active(i), digits = this.images.length / PIXELS
    const error = this._error(add(this.net, this.logits.slice(), i, gone ? 1 : -1)).toFixed(2)
    this.reading.textContent = active
      ? `Neuron ${i + 1} is active for ${active} of ${digits} digits. The error would be ${error} with${gone ? "" : "out"} it.`
      : `Neuron ${i + 1} is active for none of these digits, so removing it changes nothing.`
  }

  /** Removes the first few of these neurons that are still in place. */
  remove(order) {
    order.filter((i) => !this.removed.has(i)).slice(0, SOME).forEach((i) => this.removed.add(i))
    this.show()
  }

  restore() {
    this.removed.clear()
    this.show()
  }

  show() {
    this.logits = logitsWithout(this.net, this.removed)
    const pixels = toPixels(this.logits), error = squaredError(pixels, this.images), { size } = this.removed
    drawGrey(this.made, pixels.map((pixel) => 255 * pixel))
    this.made.setAttribute("aria-label", `The reconstructed digits; squared error ${error.toFixed(2)}`)
    this.panel.number.textContent = `error ${error.toFixed(2)}`
    this.panel.verdict.textContent = size
      ? `${size} of ${this.count} removed: the error was ${this.before.toFixed(2)} and is now ${error.toFixed(2)}.`
      : `All ${this.count} neurons are in place.`
    setShare(this.panel.fill, "width", Math.min(1, error / this.full))
    this.buttons.forEach((button, i) => {
      button.setAttribute("aria-pressed", this.removed.has(i))
      button.setAttribute("aria-label", `Neuron ${i + 1}: ${this.removed.has(i) ? "removed" : "in place"}`)
    })
  }

  get said() {
    return `${this.net.title}: ${this.panel.verdict.textContent}`
  }

  /** Sets the error at which the bar is full. */
  begin(full) {
    this.full = full
    setShare(this.panel.mark, "left", this.before / full)
    this.show()
    this._read(0)
  }
}

function shuffled(count) {
  return Array.from({ length: count }, (_, i) => [Math.random(), i]).sort(([a], [b]) => a - b).map(([, i]) => i)
}

class Autoencoders {
  constructor(root, { images, nets }) {
    this.find = (selector) => root.querySelector(selector)
    const digits = decode(images, Uint8Array), changed = (said) => this._changed(said)
    this.nets = nets.map((net) => new Autoencoder(this.find(".nets"), net, digits, changed))
    this.nets.forEach((net, _, all) => net.begin(Math.max(...all.map(({ blank }) => blank))))
    this.find(".some").onclick = () => this._all((net) => net.remove(this.order))
    this.find(".restore").onclick = () => this._all((net) => net.restore())
    this._changed("")
  }

  _all(change) {
    this.order = shuffled(this.nets[0].count) // both nets lose the same neurons
    this.nets.forEach(change)
    this._changed(this.nets.map(({ said }) => said).join(" "))
  }

  _changed(said) {
    this.find("[role=status]").textContent = said
    this.find(".restore").disabled = !this.nets.some(({ removed }) => removed.size)
    this.find(".some").disabled = this.nets.every(({ removed, count }) => removed.size === count)
  }
}

export default function ({ parentElement, data }) {
  parentElement.autoencoders ??= new Autoencoders(parentElement, data)
}
