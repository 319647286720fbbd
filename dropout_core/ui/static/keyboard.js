// Makes scrolling code, tables and formulas reachable by keyboard, and moves the focus to a heading when the item changes.
// data: heading (its text) and moves (the focus moves whenever this number grows).
const PAUSE = 500 // milliseconds; parts of the page may arrive at any time, as when an expander is opened
const wide = "[data-testid=stMarkdownContainer]:has(> table), .katex-display"
let seen = 0, waiting = null

function reach() {
  waiting = null
  for (const code of document.querySelectorAll("[data-testid=stCode] pre")) code.tabIndex = 0
  for (const box of document.querySelectorAll(wide)) if (box.scrollWidth > box.clientWidth) box.tabIndex = 0
}

function focus(text, tries) {
  const heading = [...document.querySelectorAll("h2")].find((h) => h.textContent.includes(text))
  if (!heading) {
    if (tries > 0) setTimeout(() => focus(text, tries - 1), 50)
    return
  }
  heading.tabIndex = -1
  heading.focus()
}

export default function ({ data }) {
  const observer = new MutationObserver(() => { waiting ??= setTimeout(reach, PAUSE) })
  observer.observe(document.body, { childList: true, subtree: true })
  reach()
  if (data.moves > seen) focus(data.heading, 40)
  seen = data.moves
  return () => observer.disconnect()
}
