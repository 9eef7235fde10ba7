"use strict";
// The third panel: which class a value takes for which, and the pictures behind each number.

const MOST_PICTURES = 60;
const errorsPanel = byId("errors");
const whose = el("select", { id: "whose", onchange: () => loadMistakes() });
const matrix = el("div", {});
const behind = el("section", { class: "behind", "aria-live": "polite", tabindex: -1 });
let mistakes = null, loaded = null;
errorsPanel.append(el("div", { class: "filters" }, field("Value", whose)), matrix, behind);

function showMistakes() {
  if (!told.plan || !isOpen("errors")) return;
  const values = studiesOf().flatMap((study) => study.values.filter((value) => value.runs.some((id) => (runs.get(id) || {}).state === "recorded"))
    .map((value) => [JSON.stringify([study.name, value.key]), `${study.title}: ${value.label}`]));
  options(whose, values);
  if (!values.length) return matrix.replaceChildren(el("p", { class: "soft" }, "No run has finished yet: what its network gets wrong is known then."));
  const ended = whose.value + endedOf(whose.value);
  if (loaded !== ended) { loaded = ended; loadMistakes(); }
}

/** How many runs of a value have ended: with another number, there is more to load. */
function endedOf(key) {
  const [name, value] = JSON.parse(key);
  const found = studiesOf().find((study) => study.name === name).values.find((one) => one.key === value);
  return found.runs.filter((id) => (runs.get(id) || {}).state === "recorded").length;
}

async function loadMistakes() {
  const [study, value] = JSON.parse(whose.value);
  loaded = whose.value + endedOf(whose.value);
  try {
    mistakes = settings.is_static ? settings.mistakes[whose.value] : await ask("/mistakes", { study, value });
  } catch (error) {
    return matrix.replaceChildren(el("p", { class: "note problem" }, error.message));
  }
  behind.replaceChildren();
  showMatrix();
}

/** Counts by true and by named class, over all seeds. */
function countsOf({ classes, truth, said: named }) {
  const counts = classes.map(() => classes.map(() => 0));
  for (const seed of named) seed.forEach((answer, index) => { if (answer !== null) counts[truth[index]][answer] += 1; });
  return counts;
}

function showMatrix() {
  const { classes, seeds, truth } = mistakes;
  if (!classes.length) return matrix.replaceChildren(el("p", { class: "soft" }, "No run of this value has finished."));
  const counts = countsOf(mistakes);
  const always = truth.map((_, index) => index).filter((index) => mistakes.said.every((seed) => seed[index] !== truth[index]));  // of folds, by the one that saw it
  const whole = counts.map((row) => row.reduce((sum, one) => sum + one, 0));
  const cell = (row, column) => counts[row][column]
    ? el("button", { type: "button", class: "cell", "aria-label": `${counts[row][column]} of ${whole[row]}: ${classes[row]} taken for ${classes[column]}`, onclick: () => showCell(row, column) }, `${counts[row][column]}`)
    : el("span", { class: "soft" }, "·");
  const shade = (row, column) => {
    const td = el("td", { class: row === column ? "right" : "wrong" }, cell(row, column));
    td.style.setProperty("--share", `${Math.round(100 * counts[row][column] / Math.max(whole[row], 1))}%`);
    return td;
  };
  matrix.replaceChildren(
    el("p", { class: "soft" }, `${counted(seeds.length, "run", "runs")}, ${counted(truth.length, "validation picture", "validation pictures")} each. Rows are the true class, columns what the network says; press a number to see its pictures.`),
    el("p", {}, el("button", { type: "button", onclick: () => showPictures("Wrong with every seed", always) }, `${counted(always.length, "picture", "pictures")} wrong with ${seeds.length > 1 ? "every seed" : "the one seed"}`)),
    worstPairs(counts),
    el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Confusion matrix" }, el("table", { class: "matrix" },
      el("thead", {}, el("tr", {}, el("td", {}), classes.map((name) => el("th", { scope: "col" }, el("span", {}, name))))),
      el("tbody", {}, classes.map((name, row) => el("tr", {}, el("th", { scope: "row" }, name), classes.map((_, column) => shade(row, column))))))));
}

function worstPairs(counts) {
  const pairs = counts.flatMap((row, one) => row.map((count, other) => ({ one, other, count }))).filter((pair) => pair.one !== pair.other && pair.count);
  const worst = pairs.sort((a, b) => b.count - a.count).slice(0, 5);
  return el("p", { class: "soft" }, worst.length ? "Most often: " : "", worst.map((pair, index) => [index ? " · " : "", el("button", { type: "button", class: "link", onclick: () => showCell(pair.one, pair.other) },
    `${mistakes.classes[pair.one]} → ${mistakes.classes[pair.other]} (${pair.count})`)]).flat());
}

function showCell(row, column) {
  const { classes, truth, said: named } = mistakes;
  const found = truth.map((_, index) => index).filter((index) => truth[index] === row && named.some((seed) => seed[index] === column));
  const seeds = (index) => named.filter((seed) => seed[index] === column).length;
  showPictures(`${classes[row]} taken for ${classes[column]}`, found.sort((a, b) => seeds(b) - seeds(a)));
}

function showPictures(title, indices) {
  const shown = indices.slice(0, MOST_PICTURES);
  behind.replaceChildren(el("h2", {}, `${title}: ${counted(indices.length, "picture", "pictures")}`),
    indices.length > shown.length ? el("p", { class: "soft" }, `The first ${shown.length} of them.`) : "",
    el("ul", { class: "pictures" }, shown.map(pictureOf)));
  behind.focus({ preventScroll: true });
  behind.scrollIntoView({ block: "nearest" });
}

function pictureOf(index) {
  const { classes, pictures, truth, said: named, sure, seeds } = mistakes;
  const answers = new Map();
  named.forEach((seed, number) => {
    if (seed[index] === null) return;
    const one = answers.get(seed[index]) || { count: 0, sure: 0 };
    answers.set(seed[index], { count: one.count + 1, sure: one.sure + sure[number][index] });
  });
  const lines = [...answers].sort((a, b) => b[1].count - a[1].count).map(([answer, { count, sure: sum }]) =>
    `${classes[answer]}${seeds.length > 1 ? ` ×${count}` : ""} (${Math.round(100 * sum / count)} % sure)`);
  const address = pictureAddress(pictures[index]);
  return el("li", {}, address && el("img", { src: address, alt: `Picture of ${classes[truth[index]]}: ${pictures[index]}`, loading: "lazy" }),
    el("div", { class: "path" }, pictures[index]), lines.map((line) => el("div", { class: "soft" }, line)));
}

function pictureAddress(name) {
  // An export holds copies of the pictures that some run gets wrong.
  if (settings.is_static) return name in settings.pictures ? `pictures/${settings.pictures[name]}.jpg` : null;
  return `/picture?${new URLSearchParams({ name, token: token() })}`;
}

listeners.push((names) => {
  if (names.has("tab") || names.has("plan") || [...names].some((name) => name.startsWith("run:"))) showMistakes();
});
