// Lets a single Back leave the page, and closes a phone's menu after a choice.

// Streamlit adds an entry to the history whenever a page changes its own query parameters.
function stayInOneEntry() {
  const push = history.pushState
  history.pushState = function (state, unused, url) {
    const here = url === undefined || new URL(url, location).pathname === location.pathname
    return (here ? history.replaceState : push).call(history, state, unused, url)
  }
}

function closeMenu(event) {
  if (!(event.target instanceof Element) || !event.target.closest("[data-testid=stSidebarNavLink]")) return
  setTimeout(() => document.querySelector("[data-testid=stSidebarCollapseButton] button")?.click(), 200)
}

export default function () {
  if (window.dropoutPage) return // once per window, which outlives the pages
  window.dropoutPage = true
  stayInOneEntry()
  document.addEventListener("click", closeMenu)
}
