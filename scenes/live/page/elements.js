"use strict";
// Small tools for building elements. Texts are always set as texts: nothing here parses HTML.

const SVG = "http://www.w3.org/2000/svg";

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(name, value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return node;
}

/** Make an HTML element: its attributes (`onclick` adds a listener), then its children. */
function el(tag, attributes, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** Make an SVG element. */
function draw(tag, attributes, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

function byId(id) { return document.getElementById(id); }

/** Set a text only where it changes, so that a screen reader does not say it again. */
function say(node, text) { if (node.textContent !== text) node.textContent = text; }

/** Call a function at most once a frame, and never while the page is hidden. */
function soon(action) {
  let due = false;
  return () => {
    if (due) return;
    due = true;
    requestAnimationFrame(() => { due = false; action(); });
  };
}

function percent(value) { return `${(100 * value).toFixed(1)} %`; }

function figure(value) {
  if (value === null || value === undefined) return "–";
  const size = Math.abs(value);
  return size >= 1000 ? value.toExponential(2) : size >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

function said(metric, value) {
  return value === null || value === undefined ? "–" : metric.endsWith("accuracy") ? percent(value) : figure(value);
}

function duration(seconds) {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  return minutes % 60 ? `${Math.floor(minutes / 60)} h ${minutes % 60} min` : `${minutes / 60} h`;
}

function counted(count, one, several) { return `${count} ${count === 1 ? one : several}`; }
