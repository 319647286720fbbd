// A sheet of 28 × 28 grey values to draw on, by mouse, pen or finger; white on black, as in MNIST.
// data: pixels (784 values to show), version (a new one replaces the drawing) and session (an id).
// Reports state "drawing" a moment after each stroke: pixels, 784 whole numbers from 0 to 255, and the session.
// Reports it also to a new session, as after a restart of the server: the drawing outlives the session.
// The drawing is kept in an array of its own and never read from the canvas: browsers that guard against
// fingerprinting return noise for what a canvas holds.

const SIDE = 28, SCALE = 10, SIZE = SIDE * SCALE, RADIUS = 1.1 * SCALE, PAUSE = 250

/** The drawing, one byte per canvas pixel. */
class Sheet {
  grey = new Uint8Array(SIZE * SIZE)

  show(pixels) {
    for (let i = 0; i < this.grey.length; i++) {
      const x = i % SIZE, y = Math.floor(i / SIZE)
      this.grey[i] = pixels[SIDE * Math.floor(y / SCALE) + Math.floor(x / SCALE)]
    }
  }

  /** Whitens all pixels within the pen's radius of the line from a to b. */
  line([ax, ay], [bx, by]) {
    const dx = bx - ax, dy = by - ay, length2 = dx * dx + dy * dy || 1
    const [left, right] = span(ax, bx), [top, bottom] = span(ay, by)
    for (let y = top; y < bottom; y++) {
      for (let x = left; x < right; x++) {
        const px = x + 0.5 - ax, py = y + 0.5 - ay
        const along = Math.min(1, Math.max(0, (px * dx + py * dy) / length2))
        if ((px - along * dx) ** 2 + (py - along * dy) ** 2 <= RADIUS ** 2) this.grey[SIZE * y + x] = 255
      }
    }
  }

  /** The mean of each block of pixels is one grey value. */
  pixels() {
    const sums = new Array(SIDE * SIDE).fill(0)
    this.grey.forEach((value, i) => {
      sums[SIDE * Math.floor(i / SIZE / SCALE) + Math.floor((i % SIZE) / SCALE)] += value
    })
    return sums.map((sum) => Math.round(sum / SCALE ** 2))
  }

  paint(canvas) {
    const image = new ImageData(SIZE, SIZE)
    this.grey.forEach((value, i) => image.data.set([value, value, value, 255], 4 * i))
    canvas.getContext("2d").putImageData(image, 0, 0)
  }
}

const span = (a, b) => [Math.max(0, Math.floor(Math.min(a, b) - RADIUS)), Math.min(SIZE, Math.ceil(Math.max(a, b) + RADIUS))]

export default function ({ parentElement, data, setStateValue }) {
  const canvas = parentElement.querySelector("canvas")
  const pad = (parentElement.pad ??= { sheet: new Sheet(), timer: null })

  const report = () => {
    clearTimeout(pad.timer)
    pad.timer = setTimeout(() => {
      pad.session = data.session
      setStateValue("drawing", { pixels: pad.sheet.pixels(), session: data.session })
    }, PAUSE)
  }

  const show = (pixels) => {
    pad.sheet.show(pixels)
    pad.sheet.paint(canvas)
  }

  const place = (event) => {
    const box = canvas.getBoundingClientRect()
    return [((event.clientX - box.left) * SIZE) / box.width, ((event.clientY - box.top) * SIZE) / box.height]
  }

  const drawTo = (point) => {
    pad.sheet.line(pad.last, point)
    pad.sheet.paint(canvas)
    pad.last = point
  }

  canvas.onpointerdown = (event) => {
    event.preventDefault()
    clearTimeout(pad.timer)
    canvas.setPointerCapture(event.pointerId)
    pad.pointer = event.pointerId
    pad.last = place(event)
    drawTo(pad.last) // a dot, if the pen is not moved
  }
  canvas.onpointermove = (event) => {
    if (event.pointerId === pad.pointer) drawTo(place(event))
  }
  canvas.onpointerup = canvas.onpointercancel = (event) => {
    if (event.pointerId !== pad.pointer) return
    pad.pointer = null
    report()
  }
  parentElement.querySelector("button").onclick = () => {
    show(new Uint8Array(SIDE * SIDE))
    report()
  }

  pad.session ??= data.session
  if (pad.session !== data.session) report()
  else if (pad.version !== data.version) show(data.pixels)
  pad.version = data.version

  return () => clearTimeout(pad.timer)
}
