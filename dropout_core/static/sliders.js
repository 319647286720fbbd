// Keeps the range inputs of one name, in all Vega charts of the page, on one value; no message to the server.
const ranges = ".vega-bindings input[type=range]";

function follow(event) {
  const moved = event.target;
  if (!(moved instanceof Element) || !moved.matches(ranges)) return;
  for (const other of document.querySelectorAll(ranges)) {
    if (other === moved || other.name !== moved.name || other.value === moved.value) continue;
    other.value = moved.value;
    other.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

export default function () {
  document.addEventListener("input", follow);
  return () => document.removeEventListener("input", follow);
}
