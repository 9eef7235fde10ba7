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
// A figure of curves says the values under the pointer.
const tip = document.createElement("div");
tip.className = "reading";
tip.hidden = true;
document.body.append(tip);
const language = document.documentElement.lang || undefined;
function read(panel, across) {
  const [left, , right] = panel.box, [low, high] = panel.epochs;
  const epoch = Math.round(low + (across - left) / (right - left) * (high - low));
  const format = panel.is_share ? { style: "percent", maximumFractionDigits: 1 } : { maximumSignificantDigits: 3 };
  const lines = panel.curves.map((curve) => [curve, curve.values[epoch - curve.first]])
    .filter(([, value]) => typeof value === "number")
    .map(([curve, value]) => {
      const line = document.createElement("div"), mark = document.createElement("span");
      mark.textContent = "\u25cf ";
      mark.style.color = curve.colour;
      line.append(mark, `${curve.label}  ${value.toLocaleString(language, format)}`);
      return line;
    });
  return lines.length ? [`${epoch}`, ...lines] : null;
}
for (const svg of document.querySelectorAll("figure .plate svg")) {
  const told = svg.querySelector("metadata");
  if (!told) continue;
  const panels = JSON.parse(told.textContent);
  svg.addEventListener("pointermove", (event) => {
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
    const panel = panels.find(({ box: [left, top, right, bottom] }) => at.x >= left && at.x <= right && at.y >= top && at.y <= bottom);
    const content = panel ? read(panel, at.x) : null;
    tip.hidden = !content;
    if (!content) return;
    tip.replaceChildren(...content);
    const room = innerWidth - event.clientX - 20 < tip.offsetWidth;
    tip.style.left = `${room ? event.clientX - tip.offsetWidth - 14 : event.clientX + 14}px`;
    tip.style.top = `${Math.min(event.clientY + 14, innerHeight - tip.offsetHeight - 6)}px`;
  });
  svg.addEventListener("pointerleave", () => { tip.hidden = true; });
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
