"use strict";
// Tabs, actions, and the stream of news.

const tabs = [...document.querySelectorAll("[role=tab]")];

function openTab(tab) {
  for (const one of tabs) {
    one.setAttribute("aria-selected", String(one === tab));
    one.tabIndex = one === tab ? 0 : -1;
    byId(one.getAttribute("aria-controls")).hidden = one !== tab && one.id !== "tab-document";
  }
  document.body.dataset.tab = tab.id.slice(4);
  for (const listener of listeners) listener(new Set(["tab"]));
}

for (const tab of tabs) {
  tab.addEventListener("click", () => openTab(tab));
  tab.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const visible = tabs.filter((one) => one.offsetParent);
    const next = visible[(visible.indexOf(tab) + step + visible.length) % visible.length];
    next.focus();
    openTab(next);
  });
}

function isOpen(name) { return document.body.dataset.tab === name; }

function showActions(program, failed) {
  const wanted = settings.is_static ? "" : [program && program.is_here ? "stop" : "", failed ? "retry" : ""].join(" ");
  const actions = byId("actions");
  if (actions.dataset.shown === wanted) return;
  actions.dataset.shown = wanted;
  const stop = el("button", { type: "button", onclick: () => confirmed("Stop the training? Runs under way are saved in checkpoints, and the same command goes on from there.", "Stop", "stop") }, "Stop");
  const retry = el("button", { type: "button", onclick: () => confirmed("Train the failed runs again? Their failures are taken off the record.", "Train again", "retry") }, "Retry failed runs");
  actions.replaceChildren(...(wanted.includes("stop") ? [stop] : []), ...(wanted.includes("retry") ? [retry] : []));
}

function confirmed(question, word, what) {
  const box = byId("ask");
  const yes = el("button", { type: "button", class: "strong", onclick: async () => tell(await control(what).catch(() => "The server does not answer.")) }, word);
  const no = el("button", { type: "button", onclick: () => box.close() }, "Cancel");
  const tell = (text) => box.replaceChildren(el("p", { id: "ask-text", role: "status" }, text), el("button", { type: "button", onclick: () => box.close() }, "Close"));
  box.replaceChildren(el("p", { id: "ask-text" }, question), el("div", { class: "actions" }, yes, no));
  box.showModal();
}

openTab(tabs[0]);
const embedded = JSON.parse(byId("data").textContent);
if (embedded) take(embedded);
else {
  const news = new EventSource(`/news?token=${encodeURIComponent(token())}`);
  const lost = byId("lost");
  news.onmessage = (event) => { lost.hidden = true; take(JSON.parse(event.data)); };
  news.onerror = () => {
    lost.hidden = false;
    say(lost, "No connection to scenes live: what is shown is old. The page goes on by itself once it is back.");
  };
}
