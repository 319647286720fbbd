// Two nets as tiles of neurons. Pointing at a tile shows the images that excite it; pressing it removes the neuron.
// data: labels, images (picture, columns, rows), columns, nets (key, title, colour, sheet, tiles, and what
// tiles_numbers.js needs), revealed, settings (tiles: removed neurons, such as "n192.d56"), visit.
// Reports state "settings" once the reader pauses.

const QUIET = 300 // milliseconds
const percent = (right, all) => `${((100 * right) / all).toFixed(1)} %`
const total = (counts) => counts.reduce((a, b) => a + b, 0)

function element(name, className, parent) {
  const made = document.createElement(name)
  made.className = className
  parent.append(made)
  return made
}

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
    const panel = element("section", "net", parent), { title, colour, tiles, sheet } = this.net
    panel.style.setProperty("--arm", colour)
    panel.setAttribute("aria-label", title)
    const head = element("p", "head", panel)
    element("b", "", head).textContent = title
    this.accuracy = element("output", "", head)
    const track = element("div", "track", panel)
    this.fill = element("i", "", track)
    element("i", "mark", track).style.left = percent(total(this.whole), this.labels.length).replace(" ", "")
    this.verdict = element("p", "verdict", panel)
    const grid = element("div", "tiles", panel), rows = Math.ceil(tiles.length / columns)
    grid.setAttribute("role", "group")
    grid.setAttribute("aria-label", `${tiles.length} neurons, ${title.toLowerCase()}`)
    this.buttons = tiles.map((tile, i) => this._tile(grid, i, { picture: sheet, columns, rows }))
    grid.onkeydown = (event) => this._move(event)
    this.reading = element("p", "reading", panel)
    this.strongest = element("div", "strongest", panel)
    this._read(tiles.findIndex((tile) => tile.fires))
  }

  _tile(grid, i, sheet) {
    const button = element("button", "tile", grid)
    button.type = "button"
    button.tabIndex = i ? -1 : 0
    button.classList.toggle("dead", !this.net.tiles[i].fires)
    showCell(button, sheet, i)
    element("span", "cost", button)
    button.onpointerenter = button.onfocus = () => this._read(i)
    button.onclick = () => this._toggle(i)
    return button
  }

  /** Moves the focus by the arrow keys. All tiles of a net are one stop of the Tab key. */
  _move(event) {
    const columns = getComputedStyle(event.currentTarget).gridTemplateColumns.split(" ").length
    const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns }
    const next = this.buttons[this.buttons.indexOf(event.target) + steps[event.key]]
    if (!next) return
    event.preventDefault()
    this.buttons.forEach((button) => (button.tabIndex = button === next ? 0 : -1))
    next.focus()
  }

  _toggle(i) {
    if (!this.removed.delete(i)) this.removed.add(i)
    this.show()
    this.changed(`${this.net.title}: ${this.accuracy.textContent}. ${this.verdict.textContent}`)
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
    const right = rightByDigit(this.net, this.labels, this.removed), all = this.labels.length
    this.accuracy.textContent = percent(total(right), all)
    this.fill.style.width = percent(total(right), all).replace(" ", "")
    this.verdict.textContent = this._sentence(right)
    this.buttons.forEach((button, i) => {
      const { number, fires } = this.net.tiles[i], worst = button.classList.contains("worst")
      button.setAttribute("aria-pressed", this.removed.has(i))
      const kind = fires ? (worst ? ", the most important" : "") : ", dead"
      button.setAttribute("aria-label", `Neuron ${number}${kind}: ${this.removed.has(i) ? "removed" : "in place"}`)
    })
  }

  _sentence(right) {
    if (!this.removed.size) return "All neurons are in place."
    const lost = right.map((count, digit) => this.whole[digit] - count), most = Math.max(...lost)
    const change = total(lost), all = this.labels.length.toLocaleString("en")
    const size = `${Math.abs(change)} ${change < 0 ? "more" : "fewer"} of ${all} images right`
    const hurt = most > 0 ? ` Digit ${lost.indexOf(most)} loses most: ${most}.` : ""
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

  begin({ settings, revealed, nets }) {
    const largest = revealed ? Math.max(...nets.flatMap((net) => net.tiles.map(({ cost }) => cost))) : 0
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
  if (tiles.visit !== data.visit) tiles.begin(data)
  tiles.visit = data.visit
  return () => clearTimeout(tiles.timer)
}
