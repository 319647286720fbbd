// Keeps a short text in this browser, so that it survives a reload.
// data: name (under which it is kept) and text (what the server has; "" if nothing).
// Reports state "text" if the server has nothing and this browser has something.

export default function ({ data, setStateValue }) {
  try {
    const kept = localStorage.getItem(data.name)
    if (data.text) localStorage.setItem(data.name, data.text)
    else if (kept) setStateValue("text", kept)
  } catch {
    // the browser does not allow storage: then nothing survives a reload
  }
}
