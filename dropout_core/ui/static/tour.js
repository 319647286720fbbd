// Makes the tour's card a region with a name, and moves the focus to it when the reader has come to another step.
// data: label (the region's name) and moves (the focus moves whenever it changes, but not on a first visit, when it is 0).
let seen = 0

export default function ({ parentElement, data }) {
  const card = parentElement.getRootNode().host?.closest(".st-key-tour")
  if (!card) return
  card.setAttribute("role", "region")
  card.setAttribute("aria-label", data.label)
  card.tabIndex = -1
  if (data.moves && data.moves !== seen) card.focus()
  seen = data.moves
}
