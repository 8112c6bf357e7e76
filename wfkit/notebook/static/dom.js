// How is something put on the page? Every text becomes a text node: none is ever read as HTML.

const SVG = "http://www.w3.org/2000/svg";
const CROP = 13;

export function element(tag, attributes = {}, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

export function shape(tag, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, tag), attributes, children);
}

function filled(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}

// The outermost element of a widget; `name` is its own class. `onKey(event)` is asked about each
// key that is pressed inside, and returns true if the key meant something.
export function frame(name, label, onKey, ...parts) {
  keepKeys();
  const root = element("section", { class: `wfkit-frame ${name}`, "aria-label": label }, ...parts);
  root.wfkitKey = onKey;
  return root;
}

// A notebook takes arrows, Enter and letters for its own, before a widget hears of them. This is
// heard before that: what the widget takes ends here, other plain keys pass JupyterLab by, and the
// rest (Ctrl+S, Shift+Enter) is for all.
function keepKeys() {
  if (window.wfkitKeepsKeys) return;
  window.wfkitKeepsKeys = true;
  const hear = (event) => {
    const root = event.target.closest?.(".wfkit-frame");
    const isForAll = event.ctrlKey || event.metaKey || event.altKey || (event.shiftKey && event.key === "Enter");
    root?.toggleAttribute("data-lm-suppress-shortcuts", !isForAll);
    if (isForAll || !root?.wfkitKey?.(event)) return;
    event.preventDefault();
    event.stopPropagation();
  };
  window.addEventListener("keydown", hear, true);
}

export function setText(node, text) {
  if (node && node.textContent !== text) node.textContent = text;
}

// Parsed as XML and adopted: what is no SVG, or not well-formed, is not shown.
export function drawing(source) {
  const parsed = new DOMParser().parseFromString(source, "image/svg+xml").documentElement;
  return parsed.namespaceURI === SVG ? document.importNode(parsed, true) : null;
}

// A widget has a frame of its own: the margin of the drawing goes.
export function crop(drawn) {
  const [x, y, width, height] = drawn.getAttribute("viewBox").split(" ").map(Number);
  const size = [width - 2 * CROP, height - 2 * CROP].map((it) => Math.max(1, it));
  drawn.setAttribute("viewBox", [x + CROP, y + CROP, ...size].join(" "));
  drawn.setAttribute("width", size[0]);
  drawn.setAttribute("height", size[1]);
}

// The same for a piece of XHTML that Python made, such as a boundary card.
export function markup(source) {
  const parsed = new DOMParser().parseFromString(source, "application/xhtml+xml").documentElement;
  return parsed.querySelector("parsererror") ? null : document.importNode(parsed, true);
}

// The round sign of a state; its colours are those of the [data-state] around it.
export function sign(look, size = 16) {
  const icon = shape("path", { class: "icon", d: look.icon });
  const disc = shape("circle", { class: "badge", cx: 8, cy: 8, r: 8 });
  return shape("svg", { class: "sign", width: size, height: size, viewBox: "0 0 16 16", "aria-hidden": "true" }, disc, icon);
}

// Makes an element show a state: its sign, perhaps a word, and by data-state its colours.
export function paintSign(node, looks, state, word = "") {
  if (node.dataset.state === state) return;
  node.dataset.state = state;
  node.replaceChildren(sign(looks[state], 18), ...(word ? [element("span", { class: "word" }, word)] : []));
}

// Screen readers hear the first news at once, then at most one every two seconds, and the end.
export function announcer(region) {
  let last = 0;
  return (text, isUrgent = false) => {
    const now = Date.now();
    if (!isUrgent && now - last < 2000) return;
    last = now;
    region.textContent = text;
  };
}

export function counted(counts, looks) {
  return Object.entries(counts)
    .filter(([, number]) => number)
    .map(([state, number]) => `${looks[state].glyph} ${number.toLocaleString("en")} ${looks[state].word}`)
    .join(" · ");
}
