// What Streamlit's pages lack: Back that leaves the page at once, and a phone's menu that closes behind a choice.

// Streamlit makes a new entry of the history whenever a page writes to its own address.
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
  if (window.dropoutPage) return // once for all pages: the browser's window outlives them
  window.dropoutPage = true
  stayInOneEntry()
  document.addEventListener("click", closeMenu)
}
