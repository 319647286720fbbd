// Keeps a short text in this browser, so that it survives a reload.
// data: name (the key in local storage) and text (the server's text; "" if there is none).
// Reports state "text" if the server has no text and this browser has one.

export default function ({ data, setStateValue }) {
  try {
    const kept = localStorage.getItem(data.name)
    if (data.text) localStorage.setItem(data.name, data.text)
    else if (kept) setStateValue("text", kept)
  } catch {
    // the browser does not allow storage, so nothing survives a reload
  }
}
