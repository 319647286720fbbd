// The reader's own digit, drawn on the picture of the input. Needs sheet.js and network_numbers.js.

/** Shows the pen strokes while the reader draws, and the network's input image afterwards. */
class Pen {
  /** onDigit is called with the 14 × 14 grey values after every movement. */
  constructor(paper, onDigit) {
    this.paper = paper
    this.onDigit = onDigit
    this.sheet = new Sheet()
    paper.onpointerdown = (event) => this._start(event)
    paper.onpointermove = (event) => this.from && this._stroke(event)
    paper.onpointerup = paper.onpointercancel = () => this._lift()
  }

  clear() {
    this.sheet = new Sheet()
    this.sheet.paint(this.paper)
  }

  _start(event) {
    event.preventDefault()
    this.paper.setPointerCapture(event.pointerId)
    this.paper.classList.add("wet")
    this.from = this._place(event)
    this._stroke(event) // draws a dot if the pen is not moved
  }

  _stroke(event) {
    const to = this._place(event)
    this.sheet.line(this.from, to)
    this.from = to
    this.sheet.paint(this.paper)
    this.onDigit(asDigit(this.sheet.grey, SIZE))
  }

  _lift() {
    this.from = null
    this.paper.classList.remove("wet")
  }

  _place(event) {
    const box = this.paper.getBoundingClientRect()
    return [((event.clientX - box.left) * SIZE) / box.width, ((event.clientY - box.top) * SIZE) / box.height]
  }
}

/** Returns 14 × 14 grey values from 0 to 1 as a canvas. */
function thumbnail(greys) {
  const canvas = document.createElement("canvas"), image = new ImageData(SMALL, SMALL)
  canvas.width = canvas.height = SMALL
  greys.forEach((grey, i) => image.data.set([255 * grey, 255 * grey, 255 * grey, 255], 4 * i))
  canvas.getContext("2d").putImageData(image, 0, 0)
  return canvas
}
