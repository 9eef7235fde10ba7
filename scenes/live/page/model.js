"use strict";
// What the server has told so far, by name, and what follows from it.

const settings = JSON.parse(byId("settings").textContent);
const told = { plan: null, programs: [], machine: null, document: null };
const runs = new Map();
const listeners = [];

const METRICS = {
  val_accuracy: "Validation accuracy",
  val_loss: "Validation loss",
  accuracy: "Training accuracy",
  loss: "Training loss",
};

/** Take what is new, and tell every part of the page which names have changed. */
function take(values) {
  for (const [name, value] of Object.entries(values)) {
    if (!name.startsWith("run:")) told[name] = value;
    else if (value === null) runs.delete(name.slice(4));
    else runs.set(name.slice(4), value);
  }
  const names = new Set(Object.keys(values));
  for (const listener of listeners) listener(names);
}

function studiesOf() { return told.plan ? told.plan.studies : []; }

/** All runs of the plan once, each with the values of studies that it belongs to. */
function allRuns() {
  const found = new Map();
  for (const study of studiesOf()) for (const [index, value] of study.values.entries()) for (const id of value.runs) {
    const run = runs.get(id);
    if (!run) continue;
    if (!found.has(id)) found.set(id, { id, run, places: [] });
    found.get(id).places.push({ study, value, index });
  }
  return [...found.values()];
}

function lastOf(run, metric) {
  const values = run.history[metric] || [];
  return values.length ? values[run.kept === null || run.kept === undefined ? values.length - 1 : run.kept] : null;
}

function epochsOf(run) { return run.history.loss.length; }

function isOver(run) { return run.state === "recorded" || run.state === "failed"; }

function isUnderWay(run) { return run.state === "training" || run.state === "preparing"; }

/** The program that trains this report; of several the first. */
function trainer() { return told.programs.find((one) => one.is_ours && one.state === "training") || null; }

function nameOf(entry) {
  const { study, value } = entry.places[0];
  const seed = told.plan.seeds.length > 1 ? `, seed ${entry.run.seed}` : "";
  return `${study.title}: ${value.label}${seed}`;
}

/** Ask the server for something; the page's own token goes along. */
async function ask(path, query) {
  const asked = new URLSearchParams({ ...query, token: token() });
  const answer = await fetch(`${path}?${asked}`);
  const content = await answer.json();
  if (!answer.ok) throw new Error(content.problem || "the server refused");
  return content;
}

async function control(what) {
  const answer = await fetch(`/control/${what}`, { method: "POST", headers: { "X-Scenes-Token": token() } });
  const content = await answer.json();
  return content.told || content.problem;
}

function token() { return new URLSearchParams(location.search).get("token") || ""; }
