// A sheet of 28 × 28 grey values to draw on, by mouse, pen or finger; white on black, as in MNIST.
// data: pixels (784 values to show) and version (another one replaces what is drawn).
// Reports state "pixels", 784 whole numbers from 0 to 255, a moment after each stroke.

const SIDE = 28, SCALE = 10, PEN = 2.2 * SCALE, PAUSE = 250

export default function ({ parentElement, data, setStateValue }) {
  const canvas = parentElement.querySelector("canvas")
  const sheet = canvas.getContext("2d", { willReadFrequently: true })
  const pad = (parentElement.pad ??= { version: null, timer: null })

  const wipe = () => {
    sheet.fillStyle = "black"
    sheet.fillRect(0, 0, canvas.width, canvas.height)
  }

  const show = (pixels) => {
    wipe()
    pixels.forEach((value, i) => {
      sheet.fillStyle = `rgb(${value},${value},${value})`
      sheet.fillRect(SCALE * (i % SIDE), SCALE * Math.floor(i / SIDE), SCALE, SCALE)
    })
  }

  // The mean of each block of canvas pixels is one grey value.
  const read = () => {
    const { data: rgba, width } = sheet.getImageData(0, 0, canvas.width, canvas.height)
    const sums = new Array(SIDE * SIDE).fill(0)
    for (let i = 0; i < rgba.length / 4; i++) {
      const x = Math.floor((i % width) / SCALE), y = Math.floor(i / width / SCALE)
      sums[SIDE * y + x] += rgba[4 * i]
    }
    return sums.map((sum) => Math.round(sum / SCALE ** 2))
  }

  const report = () => {
    clearTimeout(pad.timer)
    pad.timer = setTimeout(() => setStateValue("pixels", read()), PAUSE)
  }

  const place = (event) => {
    const box = canvas.getBoundingClientRect()
    return [((event.clientX - box.left) * canvas.width) / box.width, ((event.clientY - box.top) * canvas.height) / box.height]
  }

  canvas.onpointerdown = (event) => {
    event.preventDefault()
    clearTimeout(pad.timer)
    canvas.setPointerCapture(event.pointerId)
    const [x, y] = place(event)
    Object.assign(sheet, { fillStyle: "white", strokeStyle: "white", lineWidth: PEN, lineCap: "round", lineJoin: "round" })
    sheet.beginPath()
    sheet.arc(x, y, PEN / 2, 0, 2 * Math.PI) // a dot, if the pen is not moved: a line of no length is not drawn
    sheet.fill()
    sheet.beginPath()
    sheet.moveTo(x, y)
    pad.drawing = event.pointerId
  }
  canvas.onpointermove = (event) => {
    if (event.pointerId !== pad.drawing) return
    sheet.lineTo(...place(event))
    sheet.stroke()
  }
  canvas.onpointerup = canvas.onpointercancel = (event) => {
    if (event.pointerId !== pad.drawing) return
    pad.drawing = null
    report()
  }
  parentElement.querySelector("button").onclick = () => {
    wipe()
    report()
  }

  if (pad.version !== data.version) {
    pad.version = data.version
    show(data.pixels)
  }

  return () => clearTimeout(pad.timer)
}
