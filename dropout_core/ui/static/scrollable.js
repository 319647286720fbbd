// Makes code, tables and formulas that scroll reachable by keyboard. Part of each page's HTML (ui/http/page_html.py).

{
  const PAUSE = 500 // milliseconds; parts of the page may arrive at any time, as when an expander is opened
  const wide = "[data-testid=stMarkdownContainer]:has(> table), .katex-display"
  let waiting = null

  const reach = () => {
    waiting = null
    for (const code of document.querySelectorAll("[data-testid=stCode] pre")) code.tabIndex = 0
    for (const box of document.querySelectorAll(wide)) if (box.scrollWidth > box.clientWidth) box.tabIndex = 0
  }

  new MutationObserver(() => { waiting ??= setTimeout(reach, PAUSE) }).observe(document, { childList: true, subtree: true })
}
