// The page's only slider for the rate: moves the hidden rate inputs of all charts, without the server.
// data: rate (its first value), lowest, highest and step. Charts that are drawn later start at the slider's value.
const inputs = () => document.querySelectorAll(".vega-bindings input[name=rate_p]")

export default function ({ parentElement, data }) {
  const slider = parentElement.querySelector("input")
  const shown = parentElement.querySelector("output")
  Object.assign(slider, { min: data.lowest, max: data.highest, step: data.step }) // before the value, which they limit
  if (!parentElement.started) slider.value = data.rate
  parentElement.started = true

  // The bar covers content that scrolls beneath it. Only components know the theme's background.
  const background = getComputedStyle(slider).getPropertyValue("--st-background-color")
  slider.getRootNode().host?.closest(".st-key-page_rate")?.style.setProperty("background", background)

  const known = new WeakSet() // inputs that have been set once
  const set = input => {
    known.add(input)
    if (input.value === slider.value) return
    input.value = slider.value
    input.dispatchEvent(new Event("input", { bubbles: true }))
  }
  const move = () => {
    shown.textContent = Number(slider.value).toFixed(2)
    inputs().forEach(set)
  }

  // Each change of the page sets only new inputs. While one page replaces another, it may hold two of these sliders for a
  // moment; if both set all inputs, each of them would undo the other's change forever.
  const observer = new MutationObserver(() => {
    for (const input of inputs()) if (!known.has(input)) set(input)
  })
  observer.observe(document.body, { childList: true, subtree: true })
  slider.oninput = move
  move()
  return () => observer.disconnect()
}
