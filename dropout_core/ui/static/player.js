// Play and Pause: steps an input of a chart, as the reader would.
// data: chart (key of the Streamlit element), input (its name), seconds (per step), label, autoplay.
// Autoplay is off for readers who prefer reduced motion.

export default function ({ parentElement, data }) {
  const button = parentElement.querySelector("button")
  const player = (parentElement.player ??= { timer: null, autoplay: data.autoplay })
  const slider = () => document.querySelector(`.st-key-${data.chart} input[name="${data.input}"]`)

  const step = () => {
    const input = slider()
    if (!input || document.hidden) return
    const next = Number(input.value) + Number(input.step)
    input.value = next > Number(input.max) ? input.min : next
    input.dispatchEvent(new Event("input", { bubbles: true }))
  }

  const show = () => {
    button.classList.toggle("playing", Boolean(player.timer))
    button.querySelector(".text").textContent = player.timer ? "Pause" : data.label
  }

  const play = () => {
    player.timer ??= setInterval(step, 1000 * data.seconds)
    show()
  }

  const pause = () => {
    clearInterval(player.timer)
    player.timer = null
    show()
  }

  // Moving the slider by hand pauses the player.
  const yieldToReader = (event) => event.isTrusted && event.target === slider() && pause()

  button.onclick = () => {
    if (player.timer) return pause()
    step()
    play()
  }
  document.addEventListener("input", yieldToReader)
  if (player.autoplay && !matchMedia("(prefers-reduced-motion: reduce)").matches) play()
  player.autoplay = false
  show()

  return () => {
    pause()
    document.removeEventListener("input", yieldToReader)
  }
}
