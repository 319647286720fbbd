// Play and Pause: steps an input of a chart, as the reader would.
// data: chart (key of the Streamlit element), input (its name), seconds (per step), label, autoplay, and still (selector
// of the chart's input if it is set such that every step looks alike, which disables the button and halts the steps).
// Autoplay is off for readers who prefer reduced motion, and stops at the first touch anywhere on the page.

const touches = ["pointerdown", "click", "keydown"] // a slider at its end sends nothing else when an arrow key is pressed
const passing = ["Tab", "Shift", "Control", "Alt", "Meta"] // keys that only move through the page

export default function ({ parentElement, data }) {
  const button = parentElement.querySelector("button")
  const player = (parentElement.player ??= { playing: false, autoplay: data.autoplay })
  const find = (selector) => document.querySelector(`.st-key-${data.chart} input${selector}`)
  const slider = () => find(`[name="${data.input}"]`)
  const isStill = () => Boolean(find(data.still))

  const step = () => {
    const input = slider()
    if (!input) return
    const next = Number(input.value) + Number(input.step)
    input.value = next > Number(input.max) ? input.min : next
    input.dispatchEvent(new Event("input", { bubbles: true }))
  }

  const show = () => {
    const still = isStill()
    button.disabled = still
    button.classList.toggle("playing", player.playing && !still)
    button.querySelector(".text").textContent = player.playing && !still ? "Pause" : data.label
  }

  const tick = () => {
    const start = performance.now()
    show() // the chart may have been drawn in the meantime
    if (player.playing && !document.hidden && !isStill()) step()
    player.timer = setTimeout(() => { // once the step is drawn
      // Pause for at least as long as drawing took; otherwise, the page would never finish loading on a slow device.
      const took = performance.now() - start
      player.timer = setTimeout(tick, Math.max(1000 * data.seconds - took, took))
    })
  }

  const restart = () => {
    clearTimeout(player.timer)
    player.timer = setTimeout(tick, 1000 * data.seconds)
    show()
  }

  const play = (playing, alone = false) => {
    player.playing = playing
    player.alone = alone // whether the animation started automatically
    restart()
  }

  const onInput = (event) => {
    // Moving the slider by hand pauses the player.
    if (event.isTrusted && (player.alone || event.target === slider())) play(false)
    else show() // the mode may have changed
  }
  const onTouch = (event) => {
    const inside = event.target.closest?.(".stMain") && !event.composedPath().includes(button)
    if (!event.isTrusted || !inside || passing.includes(event.key)) return
    window.dropoutTouched = location.pathname // outlives this button, which a new picture may replace
    if (player.alone) play(false)
  }

  button.onclick = () => {
    if (!player.playing) step()
    play(!player.playing)
  }
  if (player.onInput) document.removeEventListener("input", player.onInput)
  document.addEventListener("input", (player.onInput = onInput))
  for (const type of touches) document.removeEventListener(type, player.onTouch, true)
  player.onTouch = onTouch
  for (const type of touches) document.addEventListener(type, onTouch, true) // some of Streamlit's buttons let no event pass
  const unwelcome = window.dropoutTouched === location.pathname || matchMedia("(prefers-reduced-motion: reduce)").matches
  if (player.autoplay && !unwelcome) play(true, true)
  player.autoplay = false
  restart()

  return () => {
    clearTimeout(player.timer)
    document.removeEventListener("input", player.onInput)
    for (const type of touches) document.removeEventListener(type, player.onTouch, true)
  }
}
