// Draws the page's charts with Vega-Lite, one after the other, and those in closed folds when they are opened.
// A chart's element holds a script with: spec; stretch (whether the chart fills its column); data and tables (columns of
// values, keyed by name). The controls of charts lie in the page as in the app, so the app's scripts move them too.

{
  // What Streamlit sets for all charts, in colours that follow the page's.
  const CONFIG = {
    background: null,
    font: getComputedStyle(document.body).fontFamily, // a name, since Vega measures its texts
    autosize: { type: "fit", contains: "padding" },
    title: { align: "left", anchor: "start", fontWeight: 600, offset: 26 },
    header: { titleFontWeight: 400, labelColor: "currentColor", titleColor: "currentColor" },
    axis: {
      ticks: false, domain: false, gridColor: "currentColor", gridOpacity: 0.15, titleFontWeight: 400, titlePadding: 16,
      labelPadding: 16, labelLimit: 100, labelBound: false, labelOverlap: true, labelSeparation: 4,
    },
    axisDiscrete: { grid: false },
    axisXPoint: { grid: false },
    axisTemporal: { grid: false },
    axisXBand: { grid: false },
    legend: { titleFontWeight: 400, titlePadding: 8, labelPadding: 16, columnPadding: 8, rowPadding: 4, padding: 8 },
    view: { strokeWidth: 0, stroke: "transparent" },
    concat: { columns: 1 },
    facet: { columns: 1 },
    mark: { tooltip: { content: "encoding" } },
    bar: { binSpacing: 4, discreteBandSize: { band: 0.85 } },
  }
  const OPTIONS = { actions: false, renderer: "svg" }
  const SIZES = /width|height|^concat|^padding/ // signals that a redrawn chart must not get back
  const JOINED = ["vconcat", "hconcat", "concat"]
  const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value)

  /** Returns the first object with everything that the second one sets. */
  const merge = (base, over) => {
    const merged = { ...base }
    for (const [name, value] of Object.entries(over ?? {})) {
      merged[name] = isObject(value) && isObject(base[name]) ? merge(base[name], value) : value
    }
    return merged
  }

  const toRows = (columns) => {
    const names = Object.keys(columns), count = names.length ? columns[names[0]].length : 0
    return Array.from({ length: count }, (_, i) => Object.fromEntries(names.map((name) => [name, columns[name][i]])))
  }

  class Chart {
    constructor(element) {
      const { spec, stretch, data, tables } = JSON.parse(element.querySelector("script").textContent)
      Object.assign(this, { element, spec, stretch })
      spec.config = merge(CONFIG, spec.config)
      spec.padding ||= {}
      if (isObject(spec.padding)) spec.padding.bottom ??= 20
      const datasets = Object.entries(tables ?? {}).map(([name, columns]) => [name, toRows(columns)])
      if (datasets.length) spec.datasets = { ...spec.datasets, ...Object.fromEntries(datasets) }
      if (data) spec.data = { values: toRows(data) }
    }

    get isJoined() {
      return JOINED.some((name) => name in this.spec)
    }

    async draw() {
      this.width = this.element.clientWidth
      if (this.stretch) this._fit(this.spec)
      const state = this.view?.getState({ signals: (name) => !SIZES.test(name), data: (name) => name.endsWith("_store"), recurse: true })
      this.view?.finalize()
      const { view } = await vegaEmbed(this.element, this.spec, OPTIONS)
      this.view = view
      if (state) await view.setState(state).runAsync()
      this.observer ??= this._follow()
    }

    _fit(spec) {
      spec.width = this.width
      for (const part of spec.vconcat ?? []) if (!JOINED.some((name) => name in part)) part.width = this.width
    }

    /** Redraws the chart when its column gets another width. */
    _follow() {
      const observer = new ResizeObserver(() => {
        const width = this.element.clientWidth
        if (!this.stretch || !width || Math.abs(width - this.width) < 2) return
        if (this.isJoined) return this.draw()
        this.width = width
        this.view.width(width).resize().runAsync()
      })
      observer.observe(this.element)
      return observer
    }
  }

  const isShown = (element) => !element.closest("details:not([open]), [hidden]")
  const drawn = new WeakSet()
  const nextTask = () => new Promise((done) => setTimeout(done)) // lets the browser show the chart before the next one

  const drawShown = async () => {
    for (const element of document.querySelectorAll(".stVegaLiteChart")) {
      if (drawn.has(element) || !isShown(element)) continue
      drawn.add(element)
      await new Chart(element).draw()
      await nextTask()
    }
  }

  document.addEventListener("toggle", drawShown, true)
  drawShown()
}
