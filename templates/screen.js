// Enter or a click opens a figure in full width; Escape or the button closes it, and the browser
// gives the focus back. Without this script the figures are just figures.
const box = document.createElement("dialog");
box.className = "zoom";
const close = document.createElement("button");
close.textContent = document.body.dataset.close;
close.onclick = () => box.close();
box.onclick = (event) => { if (event.target === box) box.close(); };
document.body.append(box);
for (const plate of document.querySelectorAll("figure .plate")) {
  const picture = plate.querySelector("svg");
  const button = document.createElement("button");
  button.type = "button";
  button.className = "plate";
  button.title = document.body.dataset.zoom;
  button.append(picture);
  plate.replaceWith(button);
  button.onclick = () => {
    box.replaceChildren(close, picture.cloneNode(true));
    box.setAttribute("aria-label", picture.getAttribute("aria-label"));
    box.showModal();
  };
}
