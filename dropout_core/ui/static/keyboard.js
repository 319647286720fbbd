// Makes scrolling code and tables reachable by keyboard, and moves the focus to a heading after a step to another item.
// data: heading (its text) and moves (the focus moves whenever it has grown).
let seen = 0

function reach(tries) {
  for (const code of document.querySelectorAll("[data-testid=stCode] pre")) code.tabIndex = 0
  for (const box of document.querySelectorAll("[data-testid=stMarkdownContainer]:has(> table)")) {
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0
  }
  if (tries > 0) setTimeout(() => reach(tries - 1), 250) // some of it is drawn later
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

document.addEventListener("toggle", () => reach(2), true) // an expander draws its content when it is opened

export default function ({ data }) {
  reach(8)
  if (data.moves > seen) focus(data.heading, 40)
  seen = data.moves
}
