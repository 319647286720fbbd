// Passes settings to tiles.js. They are sent apart from its large data, which the server then need not send again.
// data: settings (tiles: removed neurons, such as "n192.d56"), revealed, visit.

export default function ({ data }) {
  window.neuronTiles = data
  document.dispatchEvent(new Event("neurontiles"))
  return () => {
    if (window.neuronTiles === data) delete window.neuronTiles
  }
}
