// The live view of a run. The drawing comes once; after that only states change.

const SVG = "http://www.w3.org/2000/svg";

function element(tag, attributes = {}, text = "") {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.textContent = text;
  return made;
}

// Parsed as XML and adopted: no text from a notebook is ever read as HTML.
function drawing(source) {
  const parsed = new DOMParser().parseFromString(source, "image/svg+xml").documentElement;
  return parsed.namespaceURI === SVG ? document.importNode(parsed, true) : null;
}

function paintTask(node, name, state, attempt, allowed, look) {
  if (node.dataset.state === state && node.dataset.attempt === String(attempt)) return;
  node.dataset.state = state;
  node.dataset.attempt = attempt;
  const set = (selector, attributes) => {
    const part = node.querySelector(selector);
    for (const [key, value] of Object.entries(attributes)) part?.setAttribute(key, value);
    return part;
  };
  set(".card", { fill: look.fill, stroke: look.stroke, "stroke-width": look.weight, "stroke-dasharray": look.dash });
  set(".badge", { fill: look.stroke });
  set(".icon", { d: look.icon });
  const word = set(".state", { fill: look.ink });
  if (word) word.textContent = look.word;
  const tries = node.querySelector(".attempts");
  if (tries) paintAttempts(tries, attempt, allowed, look);
  const title = node.querySelector("title");
  const count = allowed > 1 ? `, attempt ${attempt} of ${allowed}` : "";
  if (title) title.textContent = `${name}: ${look.word}${count}`;
}

function paintAttempts(node, attempt, allowed, look) {
  if (node.tagName === "text") {
    node.textContent = `${attempt}/${allowed}`;
    node.setAttribute("fill", look.ink);
    return;
  }
  node.setAttribute("stroke", look.stroke);
  [...node.children].forEach((dot, i) => dot.setAttribute("fill", i < attempt ? look.stroke : "none"));
}

// Without Graphviz there is no drawing: the tasks as a list.
function list(parts) {
  const made = element("ul");
  parts.tasks.forEach((_, i) => made.append(element("li", { "data-task-index": i })));
  return made;
}

function paintItem(node, name, state, look) {
  node.dataset.state = state;
  node.textContent = `${look.glyph} ${name}: ${look.word}`;
}

function counted(standing, looks) {
  return Object.entries(standing.counts)
    .map(([state, number]) => `${looks[state].glyph} ${number} ${looks[state].word}`)
    .join(" · ");
}

// Screen readers hear the first news at once, then at most one every two seconds, and the end.
function announcer(region) {
  let last = 0;
  return (text, isEnd) => {
    const now = Date.now();
    if (!isEnd && now - last < 2000) return;
    last = now;
    region.textContent = text;
  };
}

function build(model) {
  const parts = model.get("parts");
  const root = element("section", { class: "wfkit-run", "aria-label": model.get("title") });
  const header = element("header");
  const progress = element("progress", { "aria-label": "tasks that have ended" });
  const counts = element("span", { class: "counts", "aria-hidden": "true" });
  const region = element("span", { class: "aside", role: "status", "aria-live": "polite" });
  const frame = element("div", { class: "drawing" });
  header.append(element("span", { class: "title" }, model.get("title")), progress, counts, region);
  frame.append((parts.svg && drawing(parts.svg)) || list(parts));
  root.append(header, frame);
  return { root, header, progress, counts, frame, announce: announcer(region) };
}

function cancelButton(model) {
  const button = element("button", { type: "button" }, "Cancel");
  button.addEventListener("click", () => {
    button.disabled = true;
    button.textContent = "Cancelling…";
    model.send("cancel");
  });
  return button;
}

function paint(view, parts, standing) {
  const looks = parts.states;
  const text = counted(standing, looks);
  view.root.dataset.state = standing.state;
  view.progress.max = standing.total || 1;
  view.progress.value = standing.ended;
  view.counts.textContent = `${standing.word} · ${standing.ended} of ${standing.total} ended · ${text}`;
  standing.tasks.forEach(([state, attempt], i) => {
    const node = view.frame.querySelector(`[data-task-index="${i}"]`);
    if (node?.tagName === "LI") paintItem(node, parts.tasks[i], state, looks[state]);
    else if (node) paintTask(node, parts.tasks[i], state, attempt, parts.attempts[i], looks[state]);
  });
  view.frame.querySelectorAll(".count[data-state]").forEach((node) => {
    const number = node.querySelector(".number");
    if (number) number.textContent = (standing.counts[node.dataset.state] ?? 0).toLocaleString("en");
  });
  const isEnd = !["queued", "running"].includes(standing.state);
  view.announce(`${standing.word}, ${standing.ended} of ${standing.total} tasks ended. ${text}`, isEnd);
  return isEnd;
}

function render({ model, el }) {
  const view = build(model);
  const button = model.get("can_cancel") ? cancelButton(model) : null;
  if (button) view.header.append(button);
  const update = () => {
    const isEnd = paint(view, model.get("parts"), model.get("standing"));
    if (button && isEnd) button.disabled = true;
  };
  model.on("change:standing", update);
  update();
  el.append(view.root);
  return () => model.off("change:standing", update);
}

export default { render };
