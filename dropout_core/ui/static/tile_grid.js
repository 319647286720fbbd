// Parts shared by the components that show neurons as tiles.

const percent = (share) => `${(100 * share).toFixed(1)} %`

function element(name, className, parent) {
  const made = document.createElement(name)
  made.className = className
  parent.append(made)
  return made
}

/** Builds a net's panel: its title, a number, a bar with a mark, and a sentence. Returns the parts that change. */
function panel(parent, title, colour) {
  const section = element("section", "net", parent)
  section.style.setProperty("--arm", colour)
  section.setAttribute("aria-label", title)
  const head = element("p", "head", section)
  element("b", "", head).textContent = title
  const number = element("output", "", head), track = element("div", "track", section)
  const fill = element("i", "", track), mark = element("i", "mark", track)
  return { section, number, fill, mark, verdict: element("p", "verdict", section) }
}

const setShare = (part, side, share) => (part.style[side] = percent(share).replace(" ", ""))

/** Builds a group of buttons, one per neuron, which form a single tab stop. Arrow keys move the focus. */
function tileGrid(parent, title, count, { read, toggle }) {
  const grid = element("div", "tiles", parent)
  grid.setAttribute("role", "group")
  grid.setAttribute("aria-label", `${count} neurons, ${title.toLowerCase()}`)
  const buttons = Array.from({ length: count }, (_, i) => {
    const button = element("button", "tile", grid)
    button.type = "button"
    button.tabIndex = i ? -1 : 0
    button.onpointerenter = button.onfocus = () => read(i)
    button.onclick = () => toggle(i)
    return button
  })
  grid.onkeydown = (event) => moveFocus(event, buttons)
  return buttons
}

function moveFocus(event, buttons) {
  const columns = getComputedStyle(event.currentTarget).gridTemplateColumns.split(" ").length
  const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns }
  const next = buttons[buttons.indexOf(event.target) + steps[event.key]]
  if (!next) return
  event.preventDefault()
  buttons.forEach((button) => (button.tabIndex = button === next ? 0 : -1))
  next.focus()
}
