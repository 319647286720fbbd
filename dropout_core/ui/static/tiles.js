// Two nets as tiles of neurons. Pointing at a tile shows the images that excite it; pressing it removes the neuron.
// data: labels, images (picture, columns, rows), columns, nets (key, title, colour, sheet, tiles, and what
// tiles_numbers.js needs). The settings come from tiles_settings.js. Needs tile_grid.js and tiles_numbers.js.
// Reports state "settings" (tiles: removed neurons, such as "n192.d56") once the reader pauses.

const QUIET = 300 // milliseconds
const total = (counts) => counts.reduce((a, b) => a + b, 0)

/** Shows one cell of a picture that consists of equal cells. */
function showCell(place, { picture, columns, rows }, cell) {
  const at = (index, count) => (count > 1 ? (100 * index) / (count - 1) : 0)
  place.style.backgroundImage = `url(${picture})`
  place.style.backgroundSize = `${100 * columns}% ${100 * rows}%`
  place.style.backgroundPosition = `${at(cell % columns, columns)}% ${at(Math.floor(cell / columns), rows)}%`
}

class NetTiles {
  constructor(parent, net, data, changed) {
    Object.assign(this, { net: decodeNet(net), labels: decode(data.labels, Uint8Array), images: data.images, changed })
    this.removed = new Set()
    this.whole = rightByDigit(this.net, this.labels, [])
    this._build(parent, data)
  }

  _build(parent, { columns }) {
    const { title, colour, tiles, sheet } = this.net
    this.panel = panel(parent, title, colour)
    const { section, mark } = this.panel, rows = Math.ceil(tiles.length / columns)
    setShare(mark, "left", total(this.whole) / this.labels.length)
    this.buttons = tileGrid(section, title, tiles.length, { read: (i) => this._read(i), toggle: (i) => this._toggle(i) })
    this.buttons.forEach((button, i) => {
      button.classList.toggle("dead", !tiles[i].fires)
      showCell(button, { picture: sheet, columns, rows }, i)
      element("span", "cost", button)
    })
    this.reading = element("p", "reading", section)
    this.strongest = element("div", "strongest", section)
    this._read(tiles.findIndex((tile) => tile.fires))
  }

  _toggle(i) {
    if (!this.removed.delete(i)) this.removed.add(i)
    this.show()
    const { number, verdict } = this.panel
    this.changed(`${this.net.title}: ${number.textContent}. ${verdict.textContent}`)
  }

  /** Shows which images excite a neuron most. */
  _read(i) {
    const { number, fires, images } = this.net.tiles[i]
    this.reading.textContent = fires
      ? `Neuron ${number} fires on ${(100 * fires).toFixed(0)} % of the images, and most for these:`
      : `Neuron ${number} is dead: it never fires, so removing it changes nothing.`
    this.strongest.replaceChildren()
    images.forEach((image) => showCell(element("span", "", this.strongest), this.images, image))
  }

  reveal(largest) {
    const costs = this.net.tiles.map(({ cost }) => cost), worst = costs.indexOf(Math.max(...costs))
    this.buttons.forEach((button, i) => {
      button.classList.toggle("worst", largest > 0 && i === worst)
      button.querySelector(".cost").style.width = `${(100 * Math.max(0, costs[i])) / (largest || Infinity)}%`
    })
    if (largest) this._read(worst)
    this.show()
  }

  show() {
    const right = rightByDigit(this.net, this.labels, this.removed), share = total(right) / this.labels.length
    this.panel.number.textContent = percent(share)
    setShare(this.panel.fill, "width", share)
    this.panel.verdict.textContent = this._sentence(right)
    this.buttons.forEach((button, i) => {
      const { number, fires } = this.net.tiles[i], worst = button.classList.contains("worst")
      button.setAttribute("aria-pressed", this.removed.has(i))
      const kind = fires ? (worst ? ", the most costly" : "") : ", dead"
      button.setAttribute("aria-label", `Neuron ${number}${kind}: ${this.removed.has(i) ? "removed" : "in place"}`)
    })
  }

  _sentence(right) {
    if (!this.removed.size) return "All neurons are in place."
    const lost = right.map((count, digit) => this.whole[digit] - count), most = Math.max(...lost)
    const change = total(lost), all = this.labels.length.toLocaleString("en")
    const size = `${Math.abs(change)} ${change < 0 ? "more" : "fewer"} of ${all} images right`
    const others = Math.min(...lost) < 0 ? "; others gain" : ""
    const hurt = most > 0 ? ` Digit ${lost.indexOf(most)} loses most: ${most}${others}.` : ""
    return `${this.removed.size} removed: ${change ? size : "as many images right as before"}.${hurt}`
  }

  get text() {
    return [...this.removed].map((i) => this.net.tiles[i].number).sort((a, b) => a - b).map((n) => this.net.key + n)
  }

  set text(names) {
    this.removed = new Set(this.net.tiles.flatMap(({ number }, i) => (names.includes(this.net.key + number) ? [i] : [])))
    this.show()
  }
}

class AllTiles {
  constructor(root, data) {
    this.find = (selector) => root.querySelector(selector)
    this.nets = data.nets.map((net) => new NetTiles(this.find(".nets"), net, data, (said) => this._changed(said)))
    this.find(".restore").onclick = () => {
      this.nets.forEach((net) => (net.text = []))
      this._changed("All neurons are back.")
    }
  }

  /** Applies the settings, once per visit. */
  begin({ settings, revealed, visit }) {
    if (this.visit === visit) return
    this.visit = visit
    const largest = revealed ? Math.max(...this.nets.flatMap(({ net }) => net.tiles.map(({ cost }) => cost))) : 0
    const names = settings.tiles.split(".")
    this.nets.forEach((net) => { net.text = names; net.reveal(largest) })
    this._showRestore()
  }

  _changed(said) {
    this.find("[role=status]").textContent = said
    this._showRestore()
    clearTimeout(this.timer)
    this.timer = setTimeout(() => this.send("settings", { tiles: this._names.join(".") }), QUIET)
  }

  _showRestore() {
    this.find(".restore").hidden = !this._names.length
  }

  get _names() {
    return this.nets.flatMap((net) => net.text)
  }
}

export default function ({ parentElement, data, setStateValue }) {
  const tiles = (parentElement.tiles ??= new AllTiles(parentElement, data))
  tiles.send = setStateValue
  const begin = () => window.neuronTiles && tiles.begin(window.neuronTiles)
  document.addEventListener("neurontiles", begin)
  begin()
  return () => {
    document.removeEventListener("neurontiles", begin)
    clearTimeout(tiles.timer)
  }
}
