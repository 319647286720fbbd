// Decides which changes of the address Back undoes, and closes a phone's menu when the page changes.
// The server puts this script into the head of its HTML (ui/http/page_html.py), since Streamlit changes the address
// soon after its own scripts have started.

{
  // Streamlit adds an entry to the history whenever a page changes its own query parameters. Here only a step does, which
  // the server marks with a last parameter (query_params.STEP); other changes replace the entry. So do all changes before
  // the reader's first action, since they belong to the arrival.
  const STEP = /[?&]_step=1$/
  let acted = false

  const keepSteps = () => {
    const { pushState, replaceState } = history
    history.pushState = function (state, unused, url) {
      const asked = new URL(url ?? location.href, location)
      const there = new URL(asked.href.replace(STEP, ""))
      const leaves = there.pathname !== location.pathname
      const steps = asked.href !== there.href && there.href !== location.href
      if (leaves && left) replaceState.call(history, history.state, "", left)
      if (leaves) left = null
      ;(acted && (leaves || steps) ? pushState : replaceState).call(history, state, unused, there.href)
      if (leaves) closeMenu()
    }
    history.replaceState = (state, unused, url) => {
      replaceState.call(history, state, unused, url && String(url).replace(STEP, ""))
    }
  }

  // The next page's parameters may arrive before its path, and would then stay behind in the entry of the page that the
  // reader leaves. So that entry gets back the address that it had when the reader clicked the link.
  let left = null

  const noteAddress = (event) => {
    if (event.target instanceof Element && event.target.closest("a[href]")) left = location.href
  }

  let closing // a single click even for several events, since a second click would reopen the menu

  const closeMenu = () => {
    clearTimeout(closing)
    closing = setTimeout(() => {
      document.querySelector("[data-testid=stSidebarCollapseButton] button")?.click() // exists while the menu is open
    }, 200)
  }

  const click = (event) => {
    if (!(event.target instanceof Element)) return
    if (event.target.closest("[data-testid=stSidebarNavLink]")) closeMenu() // even if the current page is selected
    else if (event.target.closest("[data-testid=stExpandSidebarButton]")) clearTimeout(closing) // reopened
  }

  /** Makes Streamlit forget that the menu was open: on a phone, it would cover the page that is loaded now. */
  const forgetOpenMenu = () => {
    try {
      Object.keys(localStorage).filter((key) => key.startsWith("stSidebarCollapsed-")).forEach((key) => localStorage.removeItem(key))
    } catch {
      // the browser does not allow storage, so Streamlit remembers nothing either
    }
  }

  /** Reports the first chart to the server, which waits for it before it sends the rest (ui/first_chart.py). */
  const reportFirstChart = () => {
    let token
    const observer = new MutationObserver(() => {
      token ??= document.querySelector(".first-chart")?.dataset.token // the server removes it after a second
      if (!token || !document.querySelector(".vega-embed :is(svg, canvas)")) return
      observer.disconnect()
      requestAnimationFrame(() => setTimeout(() => { // after the frame with the chart
        fetch(`./first-chart/${token}`, { method: "POST", keepalive: true }).catch(() => {}) // the server waits no longer than a second
      }))
    })
    observer.observe(document, { childList: true, subtree: true })
    setTimeout(() => observer.disconnect(), 60_000)
  }

  keepSteps()
  reportFirstChart()
  if (matchMedia("(max-width: 768px)").matches) forgetOpenMenu()
  for (const type of ["pointerdown", "keydown", "click"]) window.addEventListener(type, () => { acted = true }, true)
  document.addEventListener("click", noteAddress, true) // before Streamlit acts on the click
  document.addEventListener("click", click)
  window.addEventListener("popstate", () => { left = null; closeMenu() })
}
