// A drawing of a digit, which consists of 28 × 28 blocks of pixels. The pen turns pixels white.
// The drawing is kept in a separate array and never read from the canvas, since browsers that guard against
// fingerprinting add noise to the contents of a canvas.

const SIDE = 28, SCALE = 10, SIZE = SIDE * SCALE, RADIUS = 1.1 * SCALE

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
