// Starts the app's components, as Streamlit's page does: each in its own shadow root, with its HTML, style and data.
// A component's element holds a script with its data, or names the file that has them. Each component's file registers it
// in dropoutComponents.
// The settings that a component reports are kept in the address, so a link to the page restores them.

{
  const parameters = new URLSearchParams(location.search)
  const initial = {} // the settings' values before the address is read

  /** Returns the settings with the values from the address. */
  const fromAddress = (settings) => {
    const entries = Object.entries(settings).map(([name, value]) => {
      const text = parameters.get(name)
      const read = typeof value === "number" ? Number(text) : text
      return [name, text === null || Number.isNaN(read) ? value : read]
    })
    return Object.fromEntries(entries)
  }

  const withAddress = (data) => {
    const changed = { ...data }
    if (data.settings) changed.settings = fromAddress(data.settings)
    if ("rate" in data) Object.assign(changed, fromAddress({ rate: data.rate }))
    return changed
  }

  const writeAddress = (settings) => {
    const address = new URL(location)
    for (const [name, value] of Object.entries(settings)) {
      if (value === initial[name]) address.searchParams.delete(name)
      else address.searchParams.set(name, value)
    }
    try {
      history.replaceState(history.state, "", address)
    } catch {
      // some browsers refuse this for files; then only the link lacks the settings
    }
  }

  const start = (element, data) => {
    const { html, css, start } = window.dropoutComponents[element.dataset.component]
    const host = document.createElement("div")
    const parentElement = host.attachShadow({ mode: "open" })
    parentElement.innerHTML = `<div><div>${html}</div></div>`
    const style = document.createElement("style")
    style.textContent = css
    parentElement.firstChild.append(style)
    element.replaceChildren(host)
    const setStateValue = (name, value) => name === "settings" && writeAddress(value)
    start({ name: element.dataset.component, key: element.dataset.key, data, parentElement, setStateValue, setTriggerValue() {} })
  }

  /** Loads data that are too large for the page, as a script, since browsers do not fetch files for pages opened as files. */
  const load = (name) => new Promise((loaded) => {
    const script = document.createElement("script")
    script.src = `assets/${name}`
    script.onload = () => loaded(window.dropoutData[name])
    document.head.append(script)
  })

  const begin = async (element) => {
    const { file } = element.dataset
    const data = file ? await load(file) : JSON.parse(element.querySelector("script").textContent)
    Object.assign(initial, data?.settings)
    try {
      start(element, data && withAddress(data))
    } catch (error) {
      if (!location.search) throw error
      start(element, data) // the address has values that the component does not know
    }
  }

  const isShown = (element) => !element.closest("details:not([open]), [hidden]")
  const begun = new WeakSet()

  window.dropoutBegin = () => {
    for (const element of document.querySelectorAll("[data-component]")) {
      if (begun.has(element) || !isShown(element)) continue
      begun.add(element)
      begin(element)
    }
  }
  document.addEventListener("toggle", window.dropoutBegin, true)
}
