// A pad of 28 × 28 grey values for drawing with a mouse, pen or finger, white on black as in MNIST. Needs sheet.js.
// data: pixels (784 bytes to show, in base 64), version (a new one replaces the drawing) and session (an id).
// Reports state "drawing" a moment after each stroke: pixels, 784 whole numbers from 0 to 255, and the session.
// Also reports the drawing to a new session, for example after a server restart, so that the drawing is kept.

const PAUSE = 250

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
  else if (pad.version !== data.version) show(Uint8Array.from(atob(data.pixels), (byte) => byte.charCodeAt(0)))
  pad.version = data.version

  return () => clearTimeout(pad.timer)
}
