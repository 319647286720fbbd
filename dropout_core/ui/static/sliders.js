// Keeps inputs of the same name in all charts of the page at the same value, without the server. A chart that is drawn
// later, when an expander is opened, starts at that value too. The inputs are sliders or radio buttons.
// Part of each page's HTML (ui/http/page_html.py).

{
  const ranges = ".vega-bindings input[type=range]"
  const radios = ".vega-bindings input[type=radio]"
  const moves = new Map() // the last value of each input that the reader has changed, by its scale
  const known = new WeakSet() // inputs that have been drawn before
  let page = location.pathname

  // The name and range of a slider: degrees of rotation must not become pixels of a shift.
  const scaleOf = ({ name, min, max }) => `${name} ${min} ${max}`

  const forgetOtherPages = () => {
    if (location.pathname !== page) moves.clear()
    page = location.pathname
  }

  const catchUp = () => {
    forgetOtherPages()
    for (const input of document.querySelectorAll(ranges)) {
      if (known.has(input)) continue
      known.add(input)
      const moved = moves.get(scaleOf(input))
      if (moved === undefined || input.value === moved) continue
      input.value = moved
      input.dispatchEvent(new Event("input", { bubbles: true }))
    }
    for (const radio of document.querySelectorAll(radios)) {
      if (known.has(radio)) continue
      known.add(radio)
      if (moves.get(scaleOf(radio)) === radio.value && !radio.checked) radio.click()
    }
  }

  const follow = (event) => {
    const moved = event.target
    if (!(moved instanceof Element) || !moved.matches(`${ranges}, ${radios}`)) return
    forgetOtherPages()
    moves.set(scaleOf(moved), moved.value)
    if (moved.type === "radio") {
      for (const other of document.querySelectorAll(`${radios}[name="${moved.name}"][value="${moved.value}"]`)) {
        if (!other.checked) other.click()
      }
      return
    }
    for (const other of document.querySelectorAll(ranges)) {
      if (other === moved || scaleOf(other) !== scaleOf(moved) || other.value === moved.value) continue
      other.value = moved.value
      other.dispatchEvent(new Event("input", { bubbles: true }))
    }
  }

  new MutationObserver(catchUp).observe(document, { childList: true, subtree: true, characterData: true })
  document.addEventListener("input", follow)
}
