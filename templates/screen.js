// A button, or a click on it, opens a figure in full width; Escape or the button closes it, and the
// browser gives the focus back. Without this script the figures are just figures.
const box = document.createElement("dialog");
box.className = "zoom";
const close = document.createElement("button");
close.textContent = document.body.dataset.close;
close.onclick = () => box.close();
box.onclick = (event) => { if (event.target === box) box.close(); };
document.body.append(box);
for (const plate of document.querySelectorAll("figure .plate")) {
  const picture = plate.querySelector("svg");
  const open = document.createElement("button");
  open.type = "button";
  open.className = "enlarge";
  open.title = document.body.dataset.zoom;
  open.textContent = "\u2922";
  open.setAttribute("aria-label", `${open.title}: ${picture.getAttribute("aria-label")}`);
  open.onclick = () => {
    box.replaceChildren(close, picture.cloneNode(true));
    box.setAttribute("aria-label", picture.getAttribute("aria-label"));
    box.showModal();
  };
  plate.after(open);
  plate.onclick = () => { if (plate.scrollWidth <= plate.clientWidth) open.onclick(); };
  // What scrolls is reached by keys as well.
  if (plate.scrollWidth > plate.clientWidth) plate.tabIndex = 0;
}
// The contents mark where the reader is.
const entries = new Map([...document.querySelectorAll(".contents a[href^='#']")].map((link) => [link.hash.slice(1), link]));
const heads = [...entries.keys()].map((id) => document.getElementById(id)).filter((one) => one && /^H[2-4]$/.test(one.tagName));
function markCurrent() {
  const current = heads.filter((one) => one.getBoundingClientRect().top < innerHeight / 3).pop();
  for (const [id, link] of entries) {
    if (current && id === current.id) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}
let marking = false;
addEventListener("scroll", () => {
  if (marking) return;
  marking = true;
  requestAnimationFrame(() => { marking = false; markCurrent(); });
}, { passive: true });
// Shown beside a training, the page says where its reader is, and goes there when it is asked: the
// heading above and the distance from it, which stay when what stands before them grows.
const marks = () => [...document.querySelectorAll("[id]")].filter((one) => one.offsetParent !== null);
function placeOf() {
  const above = marks().filter((one) => one.getBoundingClientRect().top <= 1).pop();
  const start = above ? above.getBoundingClientRect().top : document.body.getBoundingClientRect().top;
  return { id: above ? above.id : "", below: -start, y: scrollY };
}
function goTo(place) {
  const mark = place.id ? document.getElementById(place.id) : null;
  const top = mark ? mark.getBoundingClientRect().top + scrollY + place.below : place.y;
  scrollTo({ top, behavior: "instant" });
}
if (parent !== window) {
  let due = 0;
  addEventListener("scroll", () => {
    clearTimeout(due);
    due = setTimeout(() => parent.postMessage({ scenes: "at", place: placeOf() }, "*"), 80);
  });
  addEventListener("message", (event) => {
    if (event.source !== parent || !event.data || event.data.scenes !== "go") return;
    goTo(event.data.place);
    parent.postMessage({ scenes: "there" }, "*");
  });
  // A link leads out of the frame, which shows nothing but this page.
  for (const link of [...document.links].filter((one) => one.origin !== location.origin)) {
    link.target = "_blank";
    link.rel = "noopener noreferrer";
  }
}
