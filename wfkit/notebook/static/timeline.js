// One timeline: attempts as bars, waits as lines, back-off gaps hatched, and a cursor.
//
//   const it = timeline({
//     label,                          what a screen reader calls it
//     rows: ["orders", …],            one row a name, from top to bottom
//     marks: [[0.25, "30 s"], …],     what is written below the axis, and where (0 to 1)
//     gaps: [[0.4, 0.46], …],         where the axis leaves time out
//     breaks: [[0.4, 0.46], …],       where the run was cut off, and where it went on
//     looks: { states, outcomes },    as wfkit/views/parts.py gives them
//     onSeek: (place) => …,           somebody points at a place of the axis (0 to 1)
//     onPick: (row) => …,             somebody picks a row
//   });
//   it.paint({
//     now: 0.5,                       where the cursor is; running bars end there
//     attempts: [{ row, number, queued, started, ended, outcome, next }, …],
//     ends: [{ row, at, state }, …],  rows that ended without an attempt, or while they waited
//   });
//   it.pick((row) => isIn);           rows that stand out; null: all of them
//
// All moments are places on the axis from 0 to 1, null before they happen; `next` is where the
// pause before the next attempt ends. Only what has changed is touched.

import { element, sign } from "./dom.js";

export function timeline({ label, rows, marks, gaps = [], breaks = [], looks, onSeek, onPick }) {
  const cursor = element("div", { class: "cursor" });
  const over = element("div", { class: marks.length ? "over" : "over whole" }, element("div", { class: "track" }, ...gaps.map(gap), ...breaks.flat().map(edge), ...marks.map(grid), cursor));
  const lines = rows.map((name, row) => line(name, row, onPick));
  const axis = element("div", { class: "axis", "aria-hidden": "true" }, element("div", { class: "track" }, ...marks.map(mark)));
  const head = element("div", { class: "breaks", "aria-hidden": "true" }, element("div", { class: "track" }, ...breaks.flatMap(flags)));
  const inside = element("div", { class: "inside" }, over, ...(breaks.length ? [head] : []), ...lines.map((it) => it.node), ...(marks.length ? [axis] : []));
  const node = element("div", { class: "wf-timeline", role: "group", "aria-label": label, tabindex: 0 }, inside);
  const bars = new Map();
  if (onSeek) makeSeekable(node, over.firstChild, onSeek);
  return {
    node,
    paint({ now, attempts, ends }) {
      cursor.style.left = percent(now);
      const seen = new Set();
      attempts.forEach((it) => seen.add(paintAttempt(bars, lines[it.row], it, now, looks)));
      ends.forEach((it) => seen.add(paintEnd(bars, lines[it.row], it, looks)));
      bars.forEach((bar, key) => hide(bar.node, !seen.has(key)));
      describe(lines, attempts, ends, looks);
    },
    pick(isIn) {
      lines.forEach((it, row) => it.node.classList.toggle("faded", isIn !== null && !isIn(row)));
    },
  };
}

const percent = (place) => `${(100 * place).toFixed(3)}%`;
const gap = ([left, right]) => element("div", { class: "gap", style: `left:${percent(left)};width:${percent(right - left)}` });
const edge = (place) => element("div", { class: "edge-of-break", style: `left:${percent(place)}` });
const flags = ([left, right], _, breaks) => [
  element("span", { class: left > 0.15 ? "flag before" : "flag", style: `left:${percent(left)}` }, breaks.length > 1 ? "✖" : "✖ cut off here"),
  element("span", { class: right > 0.85 ? "flag before" : "flag", style: `left:${percent(right)}` }, breaks.length > 1 ? "▶" : "▶ went on here"),
];
const grid = ([place]) => element("div", { class: "grid", style: `left:${percent(place)}` });
const mark = ([place, text]) => element("span", { class: place > 0.95 ? "mark last" : "mark", style: `left:${percent(place)}` }, text);

function line(name, row, onPick) {
  const who = element("span", { class: "who", title: name }, name);
  const track = element("div", { class: "track", role: "img", "aria-label": name });
  const node = element("div", { class: "row", "data-row": row }, who, track);
  if (onPick) who.addEventListener("click", () => onPick(row));
  return { name, node, track, told: "" };
}

function span(node, from, to) {
  node.style.left = percent(from);
  node.style.width = percent(Math.max(0, to - from));
}

function hide(node, is) {
  if (node.hidden !== is) node.hidden = is;
}

function paintAttempt(bars, { track, name }, it, now, looks) {
  const key = `${it.row} ${it.number}`;
  const state = `${it.queued} ${it.started} ${it.ended} ${it.outcome} ${it.ended === null || it.next > now ? now : ""}`;
  const bar = bars.get(key) ?? attempt(track);
  bars.set(key, bar);
  if (bar.state === state) return key;
  bar.state = state;
  const [wait, box, delay, pin] = bar.node.children;
  span(wait, it.queued, it.started ?? it.ended ?? now);
  hide(box, it.started === null);
  if (!box.hidden) span(box, it.started, it.ended ?? now);
  hide(delay, !it.next);
  if (it.next) span(delay, it.ended, Math.min(it.next, now));
  hide(pin, it.ended === null);
  if (!pin.hidden) pin.style.left = percent(it.ended);
  const look = it.outcome ? looks.outcomes[it.outcome] : looks.states[box.hidden ? "queued" : "running"];
  if (bar.look === look) return key;
  bar.look = look;
  box.title = `${name}, attempt ${it.number}: ${look.word}`;
  [box, pin].forEach((part) => mood(part, it.outcome));
  pin.replaceChildren(sign(look, 15));
  return key;
}

function attempt(track) {
  const parts = ["wait", "bar", "delay", "pin"].map((name) => element("div", { class: name }));
  const node = element("div", { class: "attempt" }, ...parts);
  track.append(node);
  return { node };
}

function mood(node, outcome) {
  if (outcome) {
    node.dataset.outcome = outcome;
    delete node.dataset.state;
  } else {
    node.dataset.state = "running";
    delete node.dataset.outcome;
  }
}

function paintEnd(bars, { track }, it, looks) {
  const key = `${it.row} ${it.at} ${it.state}`;
  if (bars.has(key)) return key;
  const look = looks.states[it.state];
  const word = element("span", { class: "word" }, look.word);
  const node = element("div", { class: it.at > 0.6 ? "end late" : "end", "data-state": it.state, title: look.word }, sign(look, 15), word);
  node.style.left = percent(it.at);
  track.append(node);
  bars.set(key, { node });
  return key;
}

function describe(lines, attempts, ends, looks) {
  const told = lines.map(() => []);
  attempts.forEach((it) => {
    const look = it.outcome ? looks.outcomes[it.outcome] : looks.states[it.started === null ? "queued" : "running"];
    told[it.row].push(`attempt ${it.number} ${look.word}`);
  });
  ends.forEach((it) => told[it.row].push(looks.states[it.state].word));
  lines.forEach((line, row) => {
    const text = `${line.name}: ${told[row].join(", ") || "nothing yet"}`;
    if (text === line.told) return;
    line.told = text;
    line.track.setAttribute("aria-label", text);
  });
}

function makeSeekable(node, track, onSeek) {
  const seek = (event) => {
    const { left, width } = track.getBoundingClientRect();
    onSeek(Math.min(1, Math.max(0, (event.clientX - left) / (width || 1))));
  };
  node.addEventListener("pointerdown", (event) => {
    if (event.button || !event.target.closest(".track, .over")) return;
    node.setPointerCapture(event.pointerId);
    seek(event);
  });
  node.addEventListener("pointermove", (event) => node.hasPointerCapture(event.pointerId) && seek(event));
}
