"use strict";
// The document beside the training. A new one is loaded out of sight, put where the reader was, and
// then takes the place of the old one. It is in an origin of its own: the two only send messages.

const pane = byId("document");
const documentState = el("p", { class: "document-state", role: "status" }, "The document is being written …");
const documentErrors = el("div", { class: "document-errors", role: "alert", hidden: true });
const frames = el("div", { class: "frames" });
const documentNotes = el("details", { hidden: true });
pane.append(el("div", { class: "document-head" }, el("h2", {}, "Document"), documentState), documentErrors, documentNotes, frames);

let shown = null, place = null, showing = 0;

function showDocument() {
  const state = told.document;
  if (!state) return;
  say(documentState, state.told);
  documentNotes.hidden = !state.notes.length;
  documentNotes.replaceChildren(el("summary", {}, counted(state.notes.length, "remark", "remarks")), ...state.notes.map((line) => el("p", { class: "soft" }, line)));
  documentErrors.hidden = !state.problems.length;
  documentErrors.replaceChildren(...state.problems.map((line, index) => el(index ? "li" : "strong", {}, line)));
  pane.classList.toggle("is-old", state.problems.length > 0);
  if (state.version && state.version !== showing) load(state.version);
}

function load(version) {
  showing = version;
  const frame = el("iframe", { title: "The document as it is now", class: "coming", sandbox: "allow-scripts allow-popups allow-popups-to-escape-sandbox" });
  frame.src = settings.is_static ? settings.document : `${settings.document}?version=${version}`;
  for (const old of frames.querySelectorAll("iframe.coming")) old.remove();
  frames.append(frame);
  frame.addEventListener("load", () => {
    if (!place) return swap(frame);
    frame.contentWindow.postMessage({ scenes: "go", place }, "*");
    // It answers when it stands there; one that has no script is shown as it is.
    setTimeout(() => swap(frame), 3000);
  });
}

function swap(frame) {
  if (!frame.isConnected || !frame.classList.contains("coming")) return;
  frame.classList.remove("coming");
  if (shown) shown.remove();
  shown = frame;
}

addEventListener("message", (event) => {
  const coming = frames.querySelector("iframe.coming");
  if (coming && event.source === coming.contentWindow && event.data && event.data.scenes === "there") swap(coming);
  if (shown && event.source === shown.contentWindow && event.data && event.data.scenes === "at") place = event.data.place;
});

listeners.push((names) => { if (names.has("document")) showDocument(); });
