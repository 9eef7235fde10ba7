"use strict";
// Curves by epoch: one colour and dash per value, one thin line per seed, their mean and range.

const DASHES = ["", "6 3", "2 2", "7 3 2 3", "4 3", "9 3", "4 2 1 2", "1 3"];
const MARGIN = { left: 46, right: 12, top: 10, bottom: 30 };
const HEIGHT = 220;

/** Return round numbers from low to high, about so many. */
function ticks(low, high, count) {
  const rough = (high - low) / count || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((one) => one * power).find((one) => one >= rough);
  const found = [];
  for (let at = Math.ceil(low / step - 1e-9) * step; at <= high + step * 1e-9; at += step) found.push(+at.toPrecision(10));
  return found;
}

function isNumber(value) { return typeof value === "number"; }

/** The lowest and highest value that the axis must hold; a loss that explodes does not flatten the rest. */
function rangeOf(series, metric) {
  const all = series.flatMap((one) => one.lines.flat()).filter(isNumber);
  if (!all.length) return metric.endsWith("accuracy") ? [0, 1] : [0, 1];
  let low = Math.min(...all), high = Math.max(...all);
  if (!metric.endsWith("accuracy")) {
    const firsts = series.flatMap((one) => one.lines.map((line) => line[0])).filter(isNumber);
    high = Math.min(high, 2 * Math.max(...firsts, low * 1.1));
  }
  const room = (high - low || Math.abs(high) || 1) * 0.06;
  return [Math.max(low - room, 0), metric.endsWith("accuracy") ? Math.min(high + room, 1) : high + room];
}

function path(values, x, y) {
  let text = "", pen = false;
  values.forEach((value, index) => {
    if (!isNumber(value)) { pen = false; return; }
    text += `${pen ? "L" : "M"}${x(index + 1).toFixed(1)} ${y(value).toFixed(1)}`;
    pen = true;
  });
  return text;
}

/** Mean, lowest and highest over the seeds, at each epoch that every one of them has reached. */
function summary(lines) {
  const length = Math.min(...lines.map((line) => line.length));
  const found = { mean: [], low: [], high: [] };
  for (let index = 0; index < length; index += 1) {
    const values = lines.map((line) => line[index]).filter(isNumber);
    const whole = values.length === lines.length;
    found.mean.push(whole ? values.reduce((sum, one) => sum + one, 0) / values.length : null);
    found.low.push(whole ? Math.min(...values) : null);
    found.high.push(whole ? Math.max(...values) : null);
  }
  return found;
}

function band(one, x, y) {
  const there = one.low.map((value, index) => index).filter((index) => isNumber(one.low[index]));
  if (there.length < 2) return "";
  const up = there.map((index) => `${x(index + 1).toFixed(1)} ${y(one.high[index]).toFixed(1)}`);
  const down = there.reverse().map((index) => `${x(index + 1).toFixed(1)} ${y(one.low[index]).toFixed(1)}`);
  return `M${[...up, ...down].join("L")}Z`;
}

let clips = 0;

/**
 * Curves that can be read with pointer and keys.
 * A series is { label, index, lines }: lines hold a value per epoch for each seed.
 */
class Chart {
  constructor(name, metric) {
    this.name = name;
    this.metric = metric;
    this.series = [];
    this.epochs = 1;
    this.at = null;
    this.clip = `clip-${clips += 1}`;
    this.tip = el("div", { class: "tip", hidden: true });
    this.plot = draw("svg", { "aria-hidden": "true", focusable: "false" });
    this.node = el("div", {
      class: "chart", tabindex: 0, role: "slider", "aria-orientation": "horizontal",
      "aria-label": `${METRICS[metric]} by epoch, ${name}`, "aria-valuemin": 0,
      onkeydown: (event) => this.step(event), onblur: () => this.point(null),
      onpointermove: (event) => this.follow(event), onpointerdown: (event) => this.follow(event),
      onpointerleave: () => this.point(null),
    }, el("p", { class: "axis-name" }, METRICS[metric]), this.plot, this.tip);
    this.redraw = soon(() => this.draw());
    new ResizeObserver(this.redraw).observe(this.node);
    this.describe();
  }

  show(series, epochs) {
    this.series = series;
    this.epochs = Math.max(epochs, 2);
    this.redraw();
    this.describe();
  }

  reached() { return Math.max(0, ...this.series.flatMap((one) => one.lines.map((line) => line.length))); }

  draw() {
    const width = this.node.clientWidth;
    if (width < 60) return;
    this.plot.classList.toggle("empty", !this.reached());
    const [low, high] = rangeOf(this.series, this.metric);
    const x = (epoch) => MARGIN.left + (epoch - 1) / (this.epochs - 1) * (width - MARGIN.left - MARGIN.right);
    const y = (value) => HEIGHT - MARGIN.bottom - (value - low) / (high - low) * (HEIGHT - MARGIN.top - MARGIN.bottom);
    this.x = x;
    this.plot.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
    this.plot.setAttribute("height", HEIGHT);
    this.cursor = draw("line", { class: "cursor", y1: MARGIN.top, y2: HEIGHT - MARGIN.bottom, visibility: "hidden" });
    const lines = this.series.flatMap((one) => this.drawn(one, x, y));
    const inside = { x: MARGIN.left, y: MARGIN.top - 4, width: width - MARGIN.left - MARGIN.right + 8, height: HEIGHT - MARGIN.top - MARGIN.bottom + 5 };
    this.plot.replaceChildren(
      draw("clipPath", { id: this.clip }, draw("rect", inside)),
      ...this.axes(width, low, high, x, y),
      draw("g", { "clip-path": `url(#${this.clip})` }, lines),
      this.cursor,
    );
    if (this.at !== null) this.point(this.at);
  }

  axes(width, low, high, x, y) {
    const share = this.metric.endsWith("accuracy");
    const rows = ticks(low, high, 4).map((value) => draw("g", {},
      draw("line", { class: "grid", x1: MARGIN.left, x2: width - MARGIN.right, y1: y(value), y2: y(value) }),
      draw("text", { class: "tick", x: MARGIN.left - 6, y: y(value) + 4, "text-anchor": "end" }, share ? `${+(100 * value).toFixed(1)}%` : `${value}`)));
    const step = ticks(0, this.epochs, Math.max(2, width / 80)).filter(Number.isInteger);
    const columns = [1, ...step.filter((epoch) => epoch > 1)].map((epoch) =>
      draw("text", { class: "tick", x: x(epoch), y: HEIGHT - 12, "text-anchor": "middle" }, `${epoch}`));
    return [...rows, ...columns, draw("text", { class: "tick", x: MARGIN.left - 8, y: HEIGHT - 12, "text-anchor": "end" }, "epoch")];
  }

  drawn(one, x, y) {
    const look = { class: `line value-${one.index % settings.colours}`, "stroke-dasharray": DASHES[one.index % DASHES.length] };
    const lines = one.lines.filter((line) => line.length);
    const dot = (line) => line.length === 1 && isNumber(line[0])
      ? draw("circle", { class: `dot value-${one.index % settings.colours}`, cx: x(1), cy: y(line[0]), r: 3 }) : null;
    if (lines.length < 2) return lines.flatMap((line) => [draw("path", { ...look, d: path(line, x, y) }), dot(line)]);
    const over = summary(lines);
    return [
      draw("path", { class: `band value-${one.index % settings.colours}`, d: band(over, x, y) }),
      ...lines.map((line) => draw("path", { ...look, class: `${look.class} seed`, d: path(line, x, y) })),
      draw("path", { ...look, d: path(over.mean, x, y) }),
    ];
  }

  follow(event) {
    if (!this.x) return;
    const box = this.plot.getBoundingClientRect();
    const share = (event.clientX - box.left - this.x(1)) / (this.x(this.epochs) - this.x(1));
    this.point(Math.round(share * (this.epochs - 1)) + 1);
  }

  step(event) {
    const moves = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 5, PageDown: -5 };
    const last = this.reached();
    if (event.key === "Home") this.point(1);
    else if (event.key === "End") this.point(last);
    else if (event.key === "Escape") this.point(null);
    else if (event.key in moves) this.point((this.at === null ? last + (moves[event.key] > 0 ? 0 : 1) : this.at) + moves[event.key]);
    else return;
    event.preventDefault();
  }

  /** Show the values of an epoch; null shows none. */
  point(epoch) {
    const last = this.reached();
    this.at = epoch === null || !last ? null : Math.min(Math.max(epoch, 1), last);
    const hide = this.at === null || !this.x;
    this.tip.hidden = hide;
    if (this.cursor) this.cursor.setAttribute("visibility", hide ? "hidden" : "visible");
    this.describe();
    if (hide) return;
    this.cursor.setAttribute("x1", this.x(this.at));
    this.cursor.setAttribute("x2", this.x(this.at));
    this.tip.replaceChildren(el("b", {}, `Epoch ${this.at}`), ...this.read(this.at).map(([one, text]) =>
      el("div", {}, swatch(one.index), ` ${one.label}  `, el("b", {}, text))));
    this.tip.classList.toggle("left", this.x(this.at) > this.node.clientWidth / 2);
  }

  /** What each value has at an epoch: its mean, and the range of its seeds. */
  read(epoch) {
    return this.series.flatMap((one) => {
      const values = one.lines.map((line) => line[epoch - 1]).filter(isNumber);
      if (!values.length) return [];
      const mean = said(this.metric, values.reduce((sum, each) => sum + each, 0) / values.length);
      const range = values.length > 1 ? ` (${said(this.metric, Math.min(...values)).replace(" %", "")}–${said(this.metric, Math.max(...values))})` : "";
      return [[one, mean + range]];
    });
  }

  describe() {
    const last = this.reached(), at = this.at === null ? last : this.at;
    const values = at ? this.read(at).map(([one, text]) => `${one.label} ${text}`).join("; ") : "no epoch yet";
    this.node.setAttribute("aria-valuemax", Math.max(last, 0));
    this.node.setAttribute("aria-valuenow", at);
    this.node.setAttribute("aria-valuetext", at ? `epoch ${at}: ${values}` : values);
  }
}

/** A short piece of a value's line, for legends. */
function swatch(index) {
  return draw("svg", { class: "swatch", width: 26, height: 10, "aria-hidden": "true" },
    draw("line", { class: `line value-${index % settings.colours}`, "stroke-dasharray": DASHES[index % DASHES.length], x1: 1, x2: 25, y1: 5, y2: 5 }));
}
