"use strict";
// The second panel: every run in a table that sorts and filters, and the curves of chosen runs over
// each other.

const MOST_CHOSEN = 8;
const MOST_ROWS = 150;
let rowsAllowed = MOST_ROWS;
const comparePanel = byId("compare");
const chosen = [];
const sorting = { column: "study", falls: false };
const filters = {
  text: el("input", { type: "search", id: "filter-text", oninput: () => showCompare() }),
  study: el("select", { id: "filter-study", onchange: () => showCompare() }),
  state: el("select", { id: "filter-state", onchange: () => showCompare() }),
};
const over = el("div", { class: "study", hidden: true });
const overKeys = el("div", { class: "keys" });
const overCharts = Object.keys(METRICS).map((metric) => new Chart("chosen runs", metric));
const runCount = el("p", { class: "soft", role: "status" });
const moreRows = el("button", { type: "button", hidden: true, onclick: () => { rowsAllowed = Infinity; showCompare(); } });
const runTable = el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Runs" });
over.append(el("h2", {}, "Chosen runs over each other"), overKeys, el("div", { class: "charts" }, overCharts.map((chart) => chart.node)));
comparePanel.append(
  el("div", { class: "filters" },
    field("Search", filters.text), field("Study", filters.study), field("State", filters.state)),
  over, runCount, runTable, moreRows);

function field(name, control) { return el("div", { class: "field" }, el("label", { for: control.id }, name), control); }

/** What a column of the table holds: its head, its value to sort by, its text. */
function columnsOf() {
  const metric = (name) => ({ key: name, head: METRICS[name], value: (row) => lastOf(row.run, name), text: (row) => said(name, lastOf(row.run, name)) });
  const varied = Object.keys(Object.values(told.plan.settings)[0] || {});
  const setting = (name) => ({ key: `setting:${name}`, head: name.replaceAll("_", " "), isText: true, value: (row) => settingOf(row, name), text: (row) => `${settingOf(row, name) ?? "–"}` });
  return [
    { key: "study", head: "Study", isText: true, value: (row) => studiesOf().indexOf(row.places[0].study), text: (row) => row.places.map((place) => place.study.title).join(", ") },
    { key: "value", head: "Value", isText: true, value: (row) => row.places[0].value.label, text: (row) => row.places[0].value.label },
    { key: "seed", head: "Seed", value: (row) => row.run.seed, text: (row) => `${row.run.seed}` },
    { key: "state", head: "State", isText: true, value: (row) => row.run.state, text: (row) => row.run.state },
    { key: "epochs", head: "Epochs", value: (row) => epochsOf(row.run), text: (row) => `${epochsOf(row.run)} of ${row.run.epochs}` },
    ...Object.keys(METRICS).map(metric),
    { key: "parameters", head: "Parameters", value: (row) => row.run.parameters, text: (row) => row.run.parameters === null ? "–" : row.run.parameters.toLocaleString("en") },
    { key: "seconds", head: "Time", value: (row) => row.run.seconds, text: (row) => row.run.seconds === null ? "–" : duration(row.run.seconds) },
    ...varied.map(setting),
  ];
}

function settingOf(row, name) {
  const value = (told.plan.settings[row.id] || {})[name];
  return Array.isArray(value) ? value.join(" ") : value;
}

function rowsShown(columns) {
  const text = filters.text.value.trim().toLowerCase();
  const rows = allRuns().filter((row) =>
    (!filters.study.value || row.places.some((place) => place.study.name === filters.study.value))
    && (!filters.state.value || row.run.state === filters.state.value)
    && (!text || columns.some((column) => column.text(row).toLowerCase().includes(text))));
  const column = columns.find((one) => one.key === sorting.column) || columns[0];
  return rows.sort((one, other) => (sorting.falls ? -1 : 1) * ordered(column.value(one), column.value(other)));
}

/** Compare two values; one that is not there comes last, numbers go by size. */
function ordered(one, other) {
  const gone = (value) => value === null || value === undefined;
  if (gone(one) || gone(other)) return (gone(one) - gone(other)) * (sorting.falls ? -1 : 1);
  return typeof one === "number" && typeof other === "number" ? one - other : `${one}`.localeCompare(`${other}`, undefined, { numeric: true });
}

function showCompare() {
  if (!told.plan || !isOpen("compare")) return;
  options(filters.study, [["", "all"], ...studiesOf().map((study) => [study.name, study.title])]);
  options(filters.state, [["", "all"], ...[...new Set(allRuns().map((row) => row.run.state))].sort().map((state) => [state, state])]);
  const columns = columnsOf(), found = rowsShown(columns), rows = found.slice(0, rowsAllowed);
  const more = found.length - rows.length;
  moreRows.hidden = !more;
  say(moreRows, `Show ${more} more`);
  say(runCount, `${counted(found.length, "run", "runs")}. Choose up to ${MOST_CHOSEN} to see their curves over each other.`);
  const place = document.activeElement && document.activeElement.dataset.keep;
  const scrolled = runTable.scrollLeft;
  runTable.replaceChildren(el("table", {},
    el("thead", {}, el("tr", {}, el("td", {}), columns.map(headOf))),
    el("tbody", {}, rows.map((row) => el("tr", {},
      el("td", {}, el("input", { type: "checkbox", "data-keep": row.id, "aria-label": `Choose ${nameOf(row)}`, checked: chosen.includes(row.id), onchange: () => choose(row.id) })),
      columns.map((column, index) => el(index ? "td" : "th", { class: column.isText ? "text" : null, scope: index ? null : "row" }, column.text(row))))))));
  runTable.scrollLeft = scrolled;
  // What was used before the table was made anew is used after.
  if (place) for (const one of runTable.querySelectorAll("[data-keep]")) if (one.dataset.keep === place) one.focus();
  showChosen();
}

function headOf(column) {
  const is = sorting.column === column.key;
  const order = is ? (sorting.falls ? "descending" : "ascending") : null;
  return el("th", { scope: "col", "aria-sort": order, class: column.isText ? "text" : null },
    el("button", { type: "button", class: "sort", "data-keep": `head:${column.key}`, onclick: () => sortBy(column.key) }, column.head, el("span", { "aria-hidden": "true" }, is ? (sorting.falls ? " ▼" : " ▲") : "")));
}

function sortBy(key) {
  sorting.falls = sorting.column === key ? !sorting.falls : false;
  sorting.column = key;
  showCompare();
}

function options(select, wanted) {
  const signature = JSON.stringify(wanted);
  if (select.dataset.shown === signature) return;
  const value = select.value;
  select.replaceChildren(...wanted.map(([key, name]) => el("option", { value: key }, name)));
  select.dataset.shown = signature;
  if (wanted.some(([key]) => key === value)) select.value = value;
}

function choose(id) {
  const at = chosen.indexOf(id);
  if (at >= 0) chosen.splice(at, 1);
  else chosen.push(id);
  if (chosen.length > MOST_CHOSEN) chosen.shift();
  showCompare();
}

function showChosen() {
  const rows = allRuns().filter((row) => chosen.includes(row.id));
  over.hidden = !rows.length;
  overKeys.replaceChildren(...rows.map((row, index) => el("span", { class: "key" }, swatch(index), nameOf(row))));
  const epochs = Math.max(2, ...rows.map((row) => row.run.epochs));
  for (const chart of overCharts)
    chart.show(rows.map((row, index) => ({ label: nameOf(row), index, lines: [row.run.history[chart.metric] || []] })), epochs);
}

let compareDue = null;
listeners.push((names) => {
  if (names.has("tab")) showCompare();
  // A table of hundreds of runs is made anew at most once a second, however many epochs end.
  else if (isOpen("compare") && compareDue === null) compareDue = setTimeout(() => { compareDue = null; showCompare(); }, 1000);
});
