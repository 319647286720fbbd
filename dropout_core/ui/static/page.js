// Decides which changes of the address Back undoes, and closes a phone's menu when the page changes.

// Streamlit adds an entry to the history whenever a page changes its own query parameters. Here only a step does, which
// the server marks with a last parameter (query_params.STEP); other changes replace the entry.
const STEP = /[?&]_step=1$/

function keepSteps() {
  const { pushState, replaceState } = history
  history.pushState = function (state, unused, url) {
    const asked = new URL(url ?? location.href, location)
    const there = new URL(asked.href.replace(STEP, ""))
    const leaves = there.pathname !== location.pathname
    const steps = asked.href !== there.href && there.href !== location.href
    ;(leaves || steps ? pushState : replaceState).call(history, state, unused, there.href)
    if (leaves) closeMenu()
  }
  history.replaceState = (state, unused, url) => {
    replaceState.call(history, state, unused, url && String(url).replace(STEP, ""))
  }
}

let closing // one click for several reasons, since a second one would open the menu again

function closeMenu() {
  clearTimeout(closing)
  closing = setTimeout(() => {
    document.querySelector("[data-testid=stSidebarCollapseButton] button")?.click() // exists while the menu is open
  }, 200)
}

function click(event) {
  if (!(event.target instanceof Element)) return
  if (event.target.closest("[data-testid=stSidebarNavLink]")) closeMenu() // also if the page shown is chosen
  else if (event.target.closest("[data-testid=stExpandSidebarButton]")) clearTimeout(closing) // it is opened again
}

export default function () {
  if (window.dropoutPage) return // once per window, which outlives the pages
  window.dropoutPage = true
  keepSteps()
  document.addEventListener("click", click)
  window.addEventListener("popstate", closeMenu)
}
