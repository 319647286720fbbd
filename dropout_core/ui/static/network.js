// The live network: a digit as input, a mask in each pass, and ten bars for the output. Everything runs in the browser.
// data: white (the grey level of white), settings (rate, pass, mode, digit, drawn, hand, seed), visit, colours,
// follower (key of a chart that shows the same rate, pass and mode).
// Needs NET: layers, samples (ten lists of 196 grey levels from 0 to white).
// Reports state "settings" shortly after a change by the reader. The passes of the animation are not reported.

const STEP = 900, QUIET = 300 // milliseconds
const toText = (digit) => digit.map((value) => value.toString(16)).join("")
const toInputs = (text) => [...text].map((value) => parseInt(value, 16) / LEVELS)

/** Reads the neurons that the reader dropped or brought back, such as "3d.14k", as a Map from index to kept. */
const readHand = (text) => new Map(text.split(".").filter(Boolean).map((part) => [parseInt(part), part.endsWith("k")]))
const writeHand = (hand) => [...hand].sort(([a], [b]) => a - b).map(([n, kept]) => n + (kept ? "k" : "d")).join(".")

class LiveNetwork {
  constructor(root, data) {
    this.root = root
    this.layers = NET.layers
    this.samples = NET.samples.map((levels) => levels.map((level) => level / data.white))
    this.find = (selector) => root.querySelector(selector)
    this.picture = new Picture(this.find("svg"), NET.layers)
    this.picture.scaleTo(this.samples)
    this.hovered = null
    Object.entries(data.colours).forEach(([name, colour]) => this.find(".live").style.setProperty(`--${name}`, colour))
    this._buildSamples()
    this._listen()
    new ResizeObserver(() => this._fit()).observe(this.find(".stage"))
  }

  /** Takes the settings of a new visit, and starts the animation unless the reader prefers reduced motion. */
  begin(data) {
    this.stop()
    this.follower = data.follower
    this.settings = { ...data.settings }
    this.hand = readHand(data.settings.hand)
    this.reported = JSON.stringify(this.settings)
    this._fit()
    if (!matchMedia("(prefers-reduced-motion: reduce)").matches) this._play(true)
  }

  stop() {
    clearInterval(this.timer)
    clearTimeout(this.report)
    this.timer = null
  }

  // --- the state, and values computed from it

  get inputs() {
    return this.settings.drawn ? toInputs(this.settings.drawn) : this.samples[this.settings.digit]
  }

  keep(settings = this.settings) {
    const mask = keepMask(this.picture.neurons.length, settings)
    return mask.map((kept, n) => this.hand.get(n) ?? kept)
  }

  /** Applies a change by the reader: draws the result immediately, and reports it after a pause. */
  change(changes) {
    Object.assign(this.settings, changes, { hand: writeHand(this.hand) })
    const before = this.answer
    this.draw()
    if (this.answer !== before && !this.timer) this.find("[role=status]").textContent = this.find(".verdict").textContent
    this._reportSoon()
  }

  _reportSoon() {
    clearTimeout(this.report)
    this.report = setTimeout(() => {
      const settings = JSON.stringify(this.settings)
      if (settings === this.reported) return
      this.reported = settings
      this.send?.("settings", { ...this.settings })
    }, QUIET)
  }

  draw() {
    const { settings, picture, layers, inputs } = this, keep = this.keep(), scale = scaleOf(settings)
    const run = forward(layers, inputs, keep, scale)
    const calm = forward(layers, inputs, keep.map(() => true), 1).probabilities
    const sentences = picture.neurons.map(({ name, layer, i }, n) =>
      neuronSentence(name, run.activations[layer][i], keep[n], scale, this.hand.has(n)))
    picture.show({ run, keep, scale, byHand: this.hand, calm, sentences, watched: this.hovered })
    this.answer = largest(run.probabilities)
    this.find(".verdict").textContent = answerSentence(settings, run.probabilities, calm)
    this.find(".tally").textContent = settings.mode === "training"
      ? tallySentence(tally(layers, inputs, settings, (there) => this.keep(there))) : "Nothing is random, and nothing is scaled."
    this._showReading(sentences)
    this._showControls()
    this._lead()
  }

  /** Describes the watched neuron in place of the legend. */
  _showReading(sentences) {
    this.find(".caption").classList.toggle("watching", this.hovered !== null)
    this.find(".reading").textContent = this.hovered === null ? "" : `${sentences[this.hovered]}.`
  }

  _showControls() {
    const { rate, pass, mode, digit, drawn } = this.settings, still = mode === "inference"
    this.find("[name=rate]").value = rate
    this.find("[name=pass]").value = pass
    this.find(".rate output").textContent = rate.toFixed(2)
    this.find(".pass output").textContent = pass
    this.find(`[name=mode][value=${mode}]`).checked = true
    this.find(`[name=digit][value="${drawn || this.drawing ? "drawn" : digit}"]`).checked = true
    this.find("[name=pass]").disabled = this.find(".play").disabled = this.find(".again").disabled = still
    this.find(".restore").hidden = !this.hand.size
    this.find(".play").classList.toggle("playing", Boolean(this.timer))
    this.find(".play .text").textContent = this.timer ? "Pause" : "Play passes"
    this.find(".stage").classList.toggle("drawing", Boolean(drawn || this.drawing))
    this.find(".clear").hidden = !(drawn || this.drawing)
  }

  /** Sets the inputs of the chart that follows; it is drawn in the browser as well. */
  _lead() {
    const { rate, pass, mode } = this.settings
    for (const input of document.querySelectorAll(`.st-key-${this.follower} form.vega-bindings input`)) {
      const value = { rate_p: rate, pass_k: pass }[input.name]
      if (input.type === "radio" && input.value === mode && !input.checked) input.click()
      if (value === undefined || Number(input.value) === value) continue
      input.value = value
      input.dispatchEvent(new Event("input", { bubbles: true }))
    }
  }

  _fit() {
    const width = this.find(".stage").clientWidth
    if (!width || !this.settings) return
    this.picture.layout(width)
    const { x, y, side } = this.picture.at.digit
    Object.assign(this.find(".paper").style, { left: `${x}px`, top: `${y}px`, width: `${side}px`, height: `${side}px` })
    this.draw()
  }

  // --- animation

  _play(byItself = false) {
    if (this.settings.mode === "inference") return
    this.byItself = byItself
    this.timer ??= setInterval(() => {
      if (document.hidden) return
      this.settings.pass = (this.settings.pass % PASSES) + 1
      this.draw()
    }, STEP)
    this._showControls()
  }

  _pause() {
    clearInterval(this.timer)
    this.timer = null
    this._showControls()
    this._reportSoon()
  }

  // --- the reader's actions

  _listen() {
    const on = (selector, type, listener) => this.find(selector).addEventListener(type, listener)
    const touched = (event) => {
      if (this.timer && this.byItself && event.key !== "Tab" && !event.target.closest(".play")) this._pause()
    }
    on(".live", "pointerdown", touched)
    on(".live", "keydown", touched)
    on("[name=rate]", "input", (event) => this.change({ rate: Number(event.target.value) }))
    on("[name=pass]", "input", (event) => {
      const pass = Number(event.target.value) // before the pause, which shows the old pass again
      this._pause()
      this.change({ pass })
    })
    on(".modes", "change", (event) => { this._pause(); this.change({ mode: event.target.value }) })
    on(".digits", "change", (event) => this._choose(event.target.value))
    on(".play", "click", () => (this.timer ? this._pause() : this._play()))
    on(".again", "click", () => this.change({ seed: 1 + Math.floor(Math.random() * 9999) }))
    on(".restore", "click", () => { this.hand.clear(); this.change({}) })
    on(".clear", "click", () => this._clear())
    this.picture.neurons.forEach(({ group }, n) => this._listenToNeuron(group, n))
    this.pen = new Pen(this.find(".paper"), (digit) => this.change({ drawn: toText(digit) }))
  }

  _listenToNeuron(group, n) {
    const reading = (hovered) => () => { this.hovered = hovered; this.draw() }
    group.onpointerenter = group.onfocus = reading(n)
    group.onpointerleave = group.onblur = reading(null)
    group.onclick = () => this._toggle(n)
    group.onkeydown = (event) => {
      if (event.key !== "Enter" && event.key !== " ") return
      event.preventDefault()
      this._toggle(n)
    }
  }

  /** Drops a neuron or brings it back, in this pass and all others. If the mask makes the same choice, the override is removed. */
  _toggle(n) {
    const kept = !this.keep()[n]
    this.hand.delete(n)
    if (this.keep()[n] !== kept) this.hand.set(n, kept)
    this.change({})
  }

  _choose(value) {
    this.drawing = value === "drawn"
    if (this.drawing) return this._clear()
    this.change({ digit: Number(value), drawn: "" })
  }

  _clear() {
    this.drawing = true
    this.pen.clear()
    this.change({ drawn: "0".repeat(SMALL * SMALL) })
  }

  _buildSamples() {
    this.samples.forEach((sample, digit) => {
      const label = document.createElement("label")
      label.innerHTML = `<input type="radio" name="digit" value="${digit}" aria-label="Digit ${digit}">`
      label.append(thumbnail(sample))
      this.find(".digits").insertBefore(label, this.find(".digits .own"))
    })
  }
}

export default function ({ parentElement, data, setStateValue }) {
  const live = (parentElement.live ??= new LiveNetwork(parentElement, data))
  live.send = setStateValue
  if (live.visit !== data.visit) live.begin(data)
  live.visit = data.visit
  return () => live.stop()
}
