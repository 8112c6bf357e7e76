// One log pane: lines of many tasks in the order of time, the newest in sight.
//
//   const it = log({ label, looks });
//   it.show(entries, { until, note });   entries: [{ time, who, text, level, state }, …], oldest first
//
// `level` is stdout, stderr, INFO …, or "event" for what happened to a task, with its `state`. The
// first `until` entries are shown, of many the newest; `note` is what is said above them. The
// last few lines are there at once, older ones when the hand rests.

import { element, setText, sign } from "./dom.js";

const FEW = 40;
const MOST = 1_000;
const REST = 250;

export function log(options) {
  return new Log(options);
}

class Log {
  constructor({ label, looks }) {
    this.looks = looks;
    this.note = element("div", { class: "note" });
    this.lines = element("div", { class: "lines" });
    const inside = element("div", { class: "inside" }, this.note, this.lines);
    this.node = element("div", { class: "wf-log", role: "log", "aria-label": label, "aria-live": "off", tabindex: 0 }, inside);
    Object.assign(this, { entries: null, from: 0, to: 0, timer: null });
  }

  show(entries, { until = entries.length, note = "" } = {}) {
    const isNear = entries === this.entries && until >= this.from && Math.abs(until - this.to) <= FEW;
    if (!isNear) this.begin(entries, until);
    for (; this.to > until; this.to -= 1) this.lines.lastChild.remove();
    this.lines.append(...this.made(this.to, until));
    this.to = until;
    const older = Math.max(0, until - MOST);
    const told = [note, older && `${older.toLocaleString("en")} older lines are not shown`, !until && "no lines yet"];
    setText(this.note, told.filter(Boolean).join(" · "));
    this.note.hidden = !this.note.textContent;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.fill(), REST);
  }

  begin(entries, until) {
    if (entries !== this.entries) this.align(entries);
    this.lines.replaceChildren();
    this.entries = entries;
    this.from = this.to = Math.max(0, until - FEW);
  }

  align(entries) {
    const widest = entries.reduce((most, it) => Math.max(most, it.time.length), 0);
    this.node.style.setProperty("--time", `${widest}ch`);
  }

  fill() {
    const from = Math.max(0, this.to - MOST);
    if (from < this.from) this.lines.prepend(...this.made(from, this.from));
    while (this.from < from && this.lines.firstChild) {
      this.lines.firstChild.remove();
      this.from += 1;
    }
    this.from = from;
  }

  made(from, to) {
    return this.entries.slice(from, to).map((it) => entry(it, this.looks));
  }
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
