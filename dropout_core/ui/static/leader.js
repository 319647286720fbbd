// A slider that leads an input of all charts, which is hidden there: it sets them without the server.
// data: name, label and remark of the slider, leads (name of the charts' inputs), value (the first one), and either lowest,
// highest and step, or values (unevenly spaced). Charts that are drawn later start at the slider's value.

export default function ({ parentElement, data }) {
  const slider = parentElement.querySelector("input")
  const shown = parentElement.querySelector("output")
  const inputs = () => document.querySelectorAll(`.vega-bindings input[name=${data.leads}]`)
  const { lowest, highest, step, values } = data
  parentElement.querySelector(".label").textContent = data.label
  parentElement.querySelector(".remark").textContent = data.remark ?? ""
  slider.name = data.name
  // before the value, which they limit
  Object.assign(slider, values ? { min: 0, max: values.length - 1, step: 1 } : { min: lowest, max: highest, step })
  if (!parentElement.started) slider.value = values ? values.indexOf(data.value) : data.value
  parentElement.started = true
  const value = () => (values ? String(values[slider.value]) : slider.value)

  // The bar covers content that scrolls beneath it. Only components know the theme's background.
  const background = getComputedStyle(slider).getPropertyValue("--st-background-color")
  slider.getRootNode().host?.closest("[class*=st-key-bar_]")?.style.setProperty("background", background)

  const known = new WeakSet() // inputs that have been set once
  const set = input => {
    known.add(input)
    if (input.type === "radio") {
      if (input.value === value() && !input.checked) input.click()
      return
    }
    if (input.value === value()) return
    input.value = value()
    input.dispatchEvent(new Event("input", { bubbles: true }))
  }
  const move = () => {
    shown.textContent = values ? value() : Number(value()).toFixed(2)
    slider.setAttribute("aria-valuetext", shown.textContent)
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
