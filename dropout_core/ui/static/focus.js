// Moves the focus to a heading when the item that the page shows changes.
// data: heading (its text) and moves (the focus moves whenever this number grows).
let seen = 0

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
  if (data.moves > seen) focus(data.heading, 40)
  seen = data.moves
}
