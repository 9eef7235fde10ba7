"use strict";
// The first panel: what runs and waits, and each study with its curves.

const cards = new Map();
const now = el("div", { class: "now" });
const studyList = el("div", {});
byId("training").append(now, studyList);

function showStatus() {
  if (!told.plan) return;
  const all = allRuns().map((entry) => entry.run);
  const over = all.filter(isOver).length, failed = all.filter((run) => run.state === "failed").length;
  const program = trainer();
  const total = all.length + (program ? program.unplanned : 0);
  document.title = `${over}/${total} · ${told.plan.title}`;
  say(byId("title"), told.plan.title);
  const parts = [`${over} of ${counted(total, "run has", "runs have")} ended`];
  if (failed) parts.push(`${failed} failed`);
  say(byId("status"), `${stateOf(program, all)} · ${parts.join(", ")}`);
  byId("meter").hidden = false;
  byId("meter").firstElementChild.style.width = `${100 * over / Math.max(total, 1)}%`;
  showActions(program, failed);
}

function stateOf(program, all) {
  if (program) return "Training";
  if (all.some(isUnderWay)) return "Training elsewhere";
  if (all.length && all.every(isOver) && studiesOf().every((study) => study.values.every((value) => value.runs.length))) return "Done";
  return "Not training";
}

function showNow() {
  const program = trainer(), parts = [];
  if (program) parts.push(el("p", { class: "left" }, leftOf(program)));
  const busy = allRuns().filter((entry) => isUnderWay(entry.run));
  if (busy.length) parts.push(el("ul", { class: "busy", "aria-label": "Runs under way" }, busy.map(busyRow)));
  if (program && program.waiting_count) parts.push(waitingRows(program));
  const failed = allRuns().filter((entry) => entry.run.state === "failed");
  if (failed.length) parts.push(failures(failed));
  const idle = allRuns().filter((entry) => !isOver(entry.run)).length;
  if (!program && !busy.length && idle && !settings.is_static) parts.push(el("p", { class: "left" }, `${counted(idle, "run is", "runs are")} not trained: `, el("code", {}, settings.command)));
  for (const other of told.programs.filter((one) => !one.is_ours && one.state === "training"))
    parts.push(el("p", { class: "soft" }, `Process ${other.pid} on ${other.host} trains another report of this store.`));
  for (const lost of told.programs.filter((one) => one.is_ours && one.state === "lost"))
    parts.push(el("p", { class: "note problem" }, `Process ${lost.pid} on ${lost.host} has ended without a word.`));
  now.replaceChildren(...parts);
}

function leftOf(program) {
  const words = [];
  if (program.left) {
    const [low, high] = program.left.map((seconds) => Math.max(0, seconds - program.silent));
    words.push(duration(low) === duration(high) ? `about ${duration(high)} left` : `${duration(low)} to ${duration(high)} left`);
  } else words.push("time left not known yet");
  words.push(`${program.running.length} running`, `${program.waiting_count} waiting`);
  if (told.machine) words.push(`${Math.round(100 * told.machine.used)} % of ${Math.round(told.machine.total / 2 ** 30)} GiB memory in use`);
  return words.join(" · ");
}

function busyRow(entry) {
  const { run } = entry, epoch = epochsOf(run);
  const state = run.state === "preparing" && !epoch ? "preparing" : `epoch ${epoch} of ${run.epochs}`;
  return el("li", {},
    el("span", { class: "what" }, nameOf(entry)),
    el("progress", { max: run.epochs, value: epoch, "aria-label": nameOf(entry) }),
    el("span", { class: "soft" }, epoch ? `${state}, ${percent(lastOf(run, "val_accuracy") || 0)}` : state));
}

function waitingRows(program) {
  const reasons = new Map();
  for (const row of program.waiting) reasons.set(row.reason, (reasons.get(row.reason) || 0) + 1);
  const named = program.waiting.filter((row) => row.title).map((row) => row.title);
  return el("details", { class: "waiting" },
    el("summary", {}, `${counted(program.waiting_count, "run waits", "runs wait")}: ${[...reasons].map(([reason, count]) => `${count}, ${reason}`).join("; ")}`),
    el("p", { class: "soft" }, named.join(" · ")));
}

function failures(failed) {
  return el("div", { class: "note problem" }, el("strong", {}, counted(failed.length, "run has failed", "runs have failed")),
    el("ul", {}, failed.slice(0, 20).map((entry) => el("li", {}, `${nameOf(entry)}: ${entry.run.reason}`))));
}

/** A study with its curves; it is made once and then only brought up to date. */
class Card {
  constructor(study) {
    this.hidden = new Set();
    this.heading = el("h2", { id: `study-${study.name}` });
    this.progress = el("span", { class: "count" });
    this.verdict = el("div", { class: "verdict" });
    this.keys = el("div", { class: "keys", role: "group", "aria-label": "Values shown" });
    this.charts = ["val_accuracy", "val_loss", "accuracy", "loss"].map((metric) => new Chart(study.title, metric));
    this.more = el("div", { class: "charts" }, this.charts.slice(2).map((chart) => chart.node));
    this.shown = el("div", { class: "charts" }, this.charts.slice(0, 2).map((chart) => chart.node));
    this.notes = el("ul", { class: "notes" });
    this.table = el("details", {}, el("summary", {}, "Figures"));
    this.table.addEventListener("toggle", () => this.update(this.study));
    this.question = el("p", { class: "question" });
    this.training = el("details", {}, el("summary", {}, "Curves on the training pictures"), this.more);
    this.node = el("article", { class: "study", "aria-labelledby": `study-${study.name}` },
      el("div", { class: "head" }, this.heading, this.progress), this.question, this.verdict, this.keys,
      this.shown, this.notes, this.training, this.table);
  }

  update(study) {
    this.study = study;
    const entries = study.values.map((value, index) => ({ value, index, runs: value.runs.map((id) => runs.get(id)).filter(Boolean) }));
    const all = entries.flatMap((entry) => entry.runs);
    say(this.heading, `${study.number} ${study.title}`.trim());
    say(this.progress, `${all.filter(isOver).length} of ${all.length || "?"}`);
    say(this.question, study.question);
    this.verdict.className = `verdict ${study.stage}`;
    if (this.said !== study.verdict.join("\n")) this.verdict.replaceChildren(...study.verdict.map((line) => el("p", {}, line)));
    this.said = study.verdict.join("\n");
    this.showKeys(entries);
    const shown = entries.filter((entry) => !this.hidden.has(entry.value.key));
    const epochs = Math.max(2, ...all.map((run) => run.epochs));
    for (const chart of this.charts) {
      const series = shown.map((entry) => ({ label: entry.value.label, index: entry.index, lines: entry.runs.map((run) => run.history[chart.metric] || []) }));
      chart.show(series, epochs);
    }
    // Axes without a curve only take room.
    const empty = !all.some((run) => epochsOf(run));
    this.shown.hidden = this.training.hidden = this.table.hidden = empty;
    this.showNotes(entries);
    if (this.table.open) this.showTable(entries);
  }

  showKeys(entries) {
    const signature = entries.map((entry) => entry.value.label).join("\n");
    if (this.signature !== signature) {
      this.signature = signature;
      this.buttons = entries.map((entry) => el("button", { type: "button", class: "key", "aria-pressed": "true", onclick: () => this.toggle(entry.value.key) },
        swatch(entry.index), el("span", {}, entry.value.label), el("span", { class: "soft" })));
      this.keys.replaceChildren(...this.buttons);
    }
    entries.forEach((entry, index) => {
      const button = this.buttons[index];
      button.setAttribute("aria-pressed", String(!this.hidden.has(entry.value.key)));
      say(button.lastElementChild, keyState(entry.runs));
    });
  }

  toggle(key) {
    if (!this.hidden.delete(key)) this.hidden.add(key);
    this.update(this.study);
  }

  showNotes(entries) {
    const rows = entries.flatMap(notesOf);
    const signature = JSON.stringify(rows);
    if (this.noted === signature) return;
    this.noted = signature;
    this.notes.replaceChildren(...rows.map((row) => el("li", { class: `level-${row.level}` }, row.text)));
  }

  showTable(entries) {
    const rows = entries.flatMap((entry) => entry.runs.map((run) => el("tr", {},
      el("th", { scope: "row" }, entry.value.label), el("td", {}, run.seed), el("td", {}, run.state), el("td", {}, `${epochsOf(run)} of ${run.epochs}`),
      Object.keys(METRICS).map((metric) => el("td", {}, said(metric, lastOf(run, metric)))))));
    const head = ["Value", "Seed", "State", "Epochs", ...Object.values(METRICS)].map((name) => el("th", { scope: "col" }, name));
    const table = el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": `Figures of ${this.study.title}` },
      el("table", {}, el("thead", {}, el("tr", {}, head)), el("tbody", {}, rows)));
    this.table.replaceChildren(this.table.firstElementChild, table);
  }
}

/** The notes on a value: what several seeds have in common is said once, with the range of its numbers. */
function notesOf({ value, runs: seeds }) {
  const alike = new Map();
  for (const run of seeds) for (const [level, text] of run.notes) {
    const kind = text.replace(/[\d.]+/g, "#");
    if (!alike.has(kind)) alike.set(kind, []);
    alike.get(kind).push({ level, text, run });
  }
  return [...alike.values()].map((group) => {
    const [first] = group, numbers = group.map((one) => +(one.text.match(/([\d.]+)\D*$/) || [0, NaN])[1]);
    const low = Math.min(...numbers), high = Math.max(...numbers);
    const text = low < high ? first.text.replace(/([\d.]+)(\D*)$/, `${low}–${high}$2`) : first.text;
    return { level: first.level, text: `${value.label}${group.length > 1 ? `, ${group.length} of ${seeds.length} seeds` : seedOf(first.run)}: ${text}` };
  });
}

function seedOf(run) { return told.plan.seeds.length > 1 ? `, seed ${run.seed}` : ""; }

function keyState(entries) {
  if (!entries.length) return "to be planned";
  const busy = entries.find(isUnderWay);
  const values = entries.map((run) => lastOf(run, "val_accuracy")).filter(isNumber);
  if (entries.every((run) => run.state === "failed")) return "failed";
  if (!values.length) return busy ? busy.state : "waiting";
  return percent(values.reduce((sum, one) => sum + one, 0) / values.length) + (busy ? " …" : "");
}

function showStudies(names) {
  const studies = studiesOf();
  if (names.has("plan")) {
    for (const study of studies) if (!cards.has(study.name)) cards.set(study.name, new Card(study));
    const nodes = studies.map((study) => cards.get(study.name).node);
    if (nodes.length !== studyList.children.length || nodes.some((node, index) => studyList.children[index] !== node)) studyList.replaceChildren(...nodes);
  }
  for (const study of studies)
    if (names.has("plan") || study.values.some((value) => value.runs.some((id) => names.has(`run:${id}`)))) cards.get(study.name).update(study);
}

listeners.push((names) => {
  showStatus();
  showNow();
  showStudies(names);
});
