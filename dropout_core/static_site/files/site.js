// Shows the tour's card, shows one figure alone (?figure=1), and writes the lines that embed the page's figures.

{
  const parameters = new URLSearchParams(location.search)
  const figures = [...document.querySelectorAll("[data-figure]")]

  const showTour = () => {
    const card = document.querySelector(`template[data-tour="${Number(parameters.get("tour"))}"]`)
    if (card) card.replaceWith(card.content.cloneNode(true))
  }

  /** Whether a figure needs this element: its own column, a slider that leads it, or a button that plays it. */
  const belongs = (element, figure) => {
    if (element.contains(figure) || element.querySelector("script[src]")) return true
    const bar = "[class*='st-key-bar_']"
    const slider = element.closest(bar) ?? element.querySelector(`:scope > ${bar}`)
    const group = figure.closest("[class*='st-key-']")
    const players = [...element.querySelectorAll("[data-component=dropout_player]")]
    const plays = (player) => group?.classList.contains(`st-key-${player.dataset.key.replace(/_player$/, "")}`)
    return Boolean(slider) || players.some(plays) || Boolean(element.querySelector("[data-component=dropout_sliders]"))
  }

  const showAlone = (figure) => {
    document.documentElement.classList.add("alone")
    for (const fold of document.querySelectorAll("details")) if (fold.contains(figure)) fold.open = true
    for (let element = figure; element !== document.body; element = element.parentElement) {
      for (const other of element.parentElement.children) {
        if (other !== element && other.tagName !== "SCRIPT" && other.tagName !== "SUMMARY" && !belongs(other, figure)) {
          other.hidden = true
        }
      }
    }
  }

  const writeShareLines = () => {
    const list = document.querySelector(".share ol")
    const address = location.href.split(/[?#]/)[0]
    figures.forEach((_, i) => {
      const code = document.createElement("code")
      code.textContent = `<iframe src="${address}?figure=${i + 1}" title="${document.title}" width="720" height="560" loading="lazy"></iframe>`
      const item = document.createElement("li")
      item.append(code)
      list.append(item)
    })
    document.querySelector(".share").hidden = !figures.length
  }

  showTour()
  const alone = figures[Number(parameters.get("figure")) - 1]
  if (alone) showAlone(alone)
  writeShareLines()
  window.dropoutBegin()
}
