// The page's one slider for the rate: moves the hidden rate inputs of all charts, without the server.
// data: rate (its first value), highest and step. Charts that are drawn later start at the slider's value.
const inputs = () => document.querySelectorAll(".vega-bindings input[name=rate_p]")

export default function ({ parentElement, data }) {
  const slider = parentElement.querySelector("input")
  const shown = parentElement.querySelector("output")
  if (!parentElement.started) {
    Object.assign(slider, { max: data.highest, step: data.step }) // before the value, which they round
    slider.value = data.rate
  }
  parentElement.started = true

  // The bar hides what scrolls beneath it. Only components know the theme's background.
  const background = getComputedStyle(slider).getPropertyValue("--st-background-color")
  slider.getRootNode().host?.closest(".st-key-page_rate")?.style.setProperty("background", background)

  const move = () => {
    const value = Number(slider.value).toFixed(2)
    if (shown.textContent !== value) shown.textContent = value // writing it again would call the observer again
    for (const input of inputs()) {
      if (input.value === slider.value) continue
      input.value = slider.value
      input.dispatchEvent(new Event("input", { bubbles: true }))
    }
  }

  const observer = new MutationObserver(move)
  observer.observe(document.body, { childList: true, subtree: true })
  slider.oninput = move
  move()
  return () => observer.disconnect()
}
