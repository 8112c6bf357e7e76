// One log pane: lines of many tasks in the order of time, the newest in sight.
//
//   const it = log({ label });
//   it.show(entries, note);   entries: [{ time, who, text, level, state }, …], oldest first
//
// `level` is stdout, stderr, INFO …, or "event" for what happened to a task, with its `state`.
// An entry that is shown again must be the same object: then its line stays. At most 300 lines
// are on the page, the newest; `note` is what is said above them.

import { element, setText, sign } from "./dom.js";

const MOST = 300;

export function log({ label, looks }) {
  const note = element("div", { class: "note" });
  const lines = element("div", { class: "lines" });
  const node = element("div", { class: "wf-log", role: "log", "aria-label": label, "aria-live": "off", tabindex: 0 }, note, lines);
  const made = new WeakMap();
  let shown = [];
  new ResizeObserver(() => (node.scrollTop = node.scrollHeight)).observe(node);
  return {
    node,
    show(entries, text = "") {
      const left = Math.max(0, entries.length - MOST);
      const newest = left ? entries.slice(left) : entries;
      const older = left ? `${left.toLocaleString("en")} older lines are not shown` : "";
      const empty = entries.length ? "" : "no lines yet";
      setText(note, [text, older, empty].filter(Boolean).join(" · "));
      note.hidden = !note.textContent;
      if (newest.length === shown.length && newest.every((it, i) => it === shown[i])) return;
      shown = newest;
      lines.replaceChildren(...newest.map((it) => known(made, it, looks)));
      node.scrollTop = node.scrollHeight;
    },
  };
}

function known(made, it, looks) {
  if (!made.has(it)) made.set(it, entry(it, looks));
  return made.get(it);
}

function entry(it, looks) {
  const isEvent = it.level === "event";
  const level = ["stdout", "display", "event"].includes(it.level) ? [] : [element("span", { class: "level" }, it.level), " "];
  const state = it.state ? [element("span", { class: "mark" }, sign(looks.states[it.state], 13))] : [];
  const who = isEvent ? [] : [element("span", { class: "who", title: it.who }, it.who)];
  return element(
    "div",
    { class: isEvent ? "line event" : "line", "data-level": it.level, "data-state": it.state },
    element("span", { class: "time" }, it.time),
    ...who,
    element("span", { class: "text" }, ...state, ...level, it.text),
  );
}
