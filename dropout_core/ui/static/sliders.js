// Keeps sliders of the same name in all charts of the page at the same value, without the server.
const ranges = ".vega-bindings input[type=range]"

function follow(event) {
  const moved = event.target
  if (!(moved instanceof Element) || !moved.matches(ranges)) return
  for (const other of document.querySelectorAll(ranges)) {
    if (other === moved || other.name !== moved.name || other.value === moved.value) continue
    other.value = moved.value
    other.dispatchEvent(new Event("input", { bubbles: true }))
  }
}

// Shows the number itself beside a logarithmic slider; Vega writes the logarithm whenever the slider moves.
function sayNumbers() {
  for (const input of document.querySelectorAll(`${ranges}[name=log_k]`)) {
    const number = Math.round(10 ** input.value).toLocaleString("en")
    const shown = input.nextElementSibling
    if (!shown || shown.textContent === number) continue
    shown.textContent = number
    shown.style.width = "3.6em"
    input.setAttribute("aria-valuetext", number)
  }
}

export default function () {
  const observer = new MutationObserver(sayNumbers)
  observer.observe(document.body, { childList: true, subtree: true, characterData: true })
  document.addEventListener("input", follow)
  sayNumbers()
  return () => {
    observer.disconnect()
    document.removeEventListener("input", follow)
  }
}
