// A recorded run, played again: graph, timeline and log in step with a slider over its events.
//
//   const it = player(data);   what wfkit/views/replay.py gives; it stands at the end of the run
//   it.node                    what goes on the page
//   it.stop()                  end of play

import { announcer, element, frame, paintSign, setText } from "./dom.js";
import { frames } from "./frames.js";
import { coneOf, graph } from "./graph.js";
import { log } from "./log.js";
import { timeline } from "./timeline.js";
import { transport } from "./transport.js";

const TELLING = ["running", "up_for_retry", "up_for_reschedule", "success", "failed", "upstream_failed", "skipped", "cancelled"];

export function player(data) {
  const made = new Player(data);
  made.go(data.times.length);
  return { node: made.root, stop: () => made.transport.stop() };
}

class Player {
  constructor(data) {
    this.data = data;
    this.run = frames(data);
    this.place = placing(data);
    this.bars = barsOf(data);
    this.entries = this.wanted = entriesOf(data);
    this.picked = null;
    this.build();
  }

  build() {
    const { data, place } = this;
    this.badge = element("span", { class: "now" });
    this.words = { sign: element("span", { class: "told-sign" }), at: element("span", { class: "at" }), what: element("span", { class: "what" }) };
    const region = element("span", { class: "aside", role: "status", "aria-live": "polite" });
    this.announce = announcer(region);
    this.transport = transport({
      last: data.times.length,
      unit: "event",
      troubles: data.trouble.map((event) => [event + 1, data.told[event]]),
      onGo: (frame) => this.go(frame),
      onGlide: (frame, share, next) => this.glide(frame, share, next),
      pause: (frame, next) => Math.min(1_400, 160 + 7_000 * (place.events[next - 1] - place.events[frame - 1])),
    });
    this.graph = graph(data.parts, { onPick: (card) => this.pick(card) });
    this.timeline = timeline({
      label: "Timeline",
      rows: data.rows.map((it) => data.instances[it][0]),
      marks: data.marks,
      gaps: data.axis.filter((it) => it[4]).map((it) => [it[2], it[3]]),
      breaks: data.breaks.map(([cut, on]) => [place.events[cut], place.events[on]]),
      looks: data.parts,
      onSeek: (at) => this.transport.go(place.eventAt(at) + 1),
      onPick: (row) => this.pick(this.cardOf(row)),
    });
    this.log = log({ label: "Log", looks: data.parts });
    this.filter = filterOf(data, (card) => this.pick(card));
    const told = element("div", { class: "told", "aria-hidden": "true" }, ...Object.values(this.words));
    this.root = frame(
      "wfkit-replay",
      `Replay of ${data.runId} of ${data.dag}`,
      (event) => this.key(event),
      element("header", {}, this.badge, element("span", { class: "title" }, data.dag), element("span", { class: "soft run-id" }, data.runId)),
      this.transport.node,
      told,
      region,
      this.graph.node,
      paneHead(timelineTitle(data)),
      this.timeline.node,
      ...data.breaks.map((it) => element("p", { class: "cost" }, it[2])),
      paneHead("Log", ...(data.parts.cards.length ? [this.filter] : [])),
      this.log.node,
      hint(data),
    );
  }

  go(frame) {
    const { data, run, transport: bar } = this;
    run.go(frame).forEach((card) => this.graph.paintCard(card, run.standing(card)));
    this.graph.count(run.counts());
    this.paintHead(frame);
    this.paintTimeline(this.place.events[frame - 1]);
    this.showLog();
    const text = `${data.clock[frame - 1]}: ${data.told[frame - 1]}`;
    bar.show(frame, text);
    this.announce(text, !bar.isPlaying || frame === data.times.length);
  }

  glide(frame, share, next) {
    const [from, to] = [this.place.events[frame - 1], this.place.events[next - 1]];
    if (from < to) this.paintTimeline(from + share * (to - from));
  }

  pick(card) {
    const { data } = this;
    this.picked = card === this.picked ? null : card;
    this.graph.pick(this.picked);
    const cone = this.picked === null ? null : coneOf(data.parts.edges, this.picked);
    this.timeline.pick(cone && ((row) => cone.has(this.cardOf(row))));
    this.filter.value = this.picked ?? "";
    this.wanted = this.picked === null ? this.entries : this.entries.filter((it) => it.card === this.picked);
    this.showLog();
  }

  cardOf(row) {
    return this.data.instances[this.data.rows[row]][1];
  }

  // Left and right step through the run also where the keyboard is on a card.
  key(event) {
    const isStep = event.key === "ArrowLeft" || event.key === "ArrowRight";
    if (event.key !== "Escape") return (!isStep && this.graph.key(event)) || this.transport.key(event);
    this.pick(null);
    return true;
  }

  paintHead(frame) {
    const { data, run, words } = this;
    const looks = data.parts.states;
    const state = run.run();
    const whom = data.whom[frame - 1];
    this.root.dataset.frame = frame;
    this.root.dataset.runState = state;
    paintSign(this.badge, looks, state, looks[state].word);
    paintSign(words.sign, looks, (whom >= 0 && run.state(whom)) || state);
    setText(words.at, data.clock[frame - 1]);
    setText(words.what, data.told[frame - 1]);
  }

  paintTimeline(now) {
    const { run, place } = this;
    const at = (event) => (event === null ? null : place.events[event]);
    const attempts = run.attempts(this.bars).map((it) => {
      const next = it.ended !== null && it.pause ? place.after(it.ended, it.pause) : null;
      return { ...it, queued: at(it.queued), started: at(it.started), ended: at(it.ended), next };
    });
    const ends = endsOf(this.data, run, this.bars).map((it) => ({ ...it, at: at(it.event) }));
    this.timeline.paint({ now, attempts, ends });
  }

  showLog() {
    const { data, run, wanted } = this;
    const until = firstFrom(wanted, run.frame);
    const note = data.leftOut ? `${data.leftOut.toLocaleString("en")} lines left out` : "";
    this.log.show(wanted, { until, note });
  }
}

function filterOf(data, onPick) {
  const options = data.parts.cards.map((card, i) => element("option", { value: i }, card.title));
  const made = element("select", { "aria-label": "Show the log of" }, element("option", { value: "" }, "all tasks"), ...options);
  made.addEventListener("change", () => onPick(made.value === "" ? null : Number(made.value)));
  return made;
}

function paneHead(text, ...more) {
  return element("div", { class: "pane-head" }, element("div", { class: "pane-title" }, text), ...more);
}

function timelineTitle(data) {
  const why = data.axis.length ? "" : " · no time passed, so the axis counts events";
  const few = data.rows.length < data.allRows;
  const rows = few ? ` · ${data.rows.length} of ${data.allRows.toLocaleString("en")}: failed and retried first, then the longest` : "";
  return `Timeline${why}${rows}`;
}

function hint(data) {
  const key = (name) => element("span", { class: "key" }, name);
  const part = (keys, text) => element("span", {}, ...keys.map(key), text);
  const picks = [part(["Esc"], "all tasks"), part([], "Click a task to see what hangs together with it, and its log.")];
  return element(
    "div",
    { class: "hint soft" },
    part(["←", "→"], "step"),
    part(["Space"], "play"),
    part(["Home", "End"], "first, last"),
    ...(data.parts.cards.length ? picks : []),
  );
}

// The attempts of the rows that are shown.
function barsOf(data) {
  const rowOf = new Map(data.rows.map((instance, row) => [instance, row]));
  return data.attempts
    .filter(([instance]) => rowOf.has(instance))
    .map(([instance, number, queued, started, ended, outcome, pause]) => ({ row: rowOf.get(instance), number, queued, started, ended, outcome, pause }));
}

// The rows that ended without an attempt, or while they waited for one: where no attempt ended.
function endsOf(data, run, bars) {
  const ended = new Set(bars.map((it) => `${it.row} ${it.ended}`));
  return data.rows.flatMap((instance, row) => {
    const [state, event] = [run.state(instance), run.since(instance)];
    return data.ended.includes(state) && !ended.has(`${row} ${event}`) ? [{ row, state, event }] : [];
  });
}

// Where on the axis is each event: in proportion to time, or to its number where no time passed.
function placing(data) {
  const last = Math.max(1, data.times.length - 1);
  const byTime = (time) => {
    const [start, end, left, right] = data.axis.find((it) => time <= it[1]) ?? data.axis.at(-1);
    return left + ((Math.min(time, end) - start) / (end - start || 1)) * (right - left);
  };
  const isTimed = data.axis.length > 0;
  const events = data.times.map((time, event) => (isTimed ? byTime(time) : event / last));
  return {
    events,
    after: (event, seconds) => (isTimed ? byTime(data.times[event] + seconds) : null),
    eventAt: (at) => Math.max(0, events.findLastIndex((it) => it <= at + 1e-9)),
  };
}

// What the log pane may show: the lines, and between them what happened to the tasks.
function entriesOf(data) {
  const events = data.told.flatMap((text, event) => {
    const moves = data.moves[event];
    const state = moves.length === 3 ? data.states[moves[1]] : null;
    const isTelling = data.whom[event] >= 0 && (state === null || TELLING.includes(state));
    return isTelling ? [entryOf(data, event, data.whom[event], { text, state, time: data.clock[event], level: "event" })] : [];
  });
  const lines = data.lines.map(([event, instance, attempt, time, level, text]) =>
    entryOf(data, event, instance, { text, time, level, attempt }),
  );
  return [...events, ...lines].sort((one, other) => one.event - other.event || (one.level !== "event") - (other.level !== "event"));
}

// How many entries belong to events before this one: they are in the order of events.
function firstFrom(entries, event) {
  let [low, high] = [0, entries.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (entries[middle].event < event) low = middle + 1;
    else high = middle;
  }
  return low;
}

function entryOf(data, event, instance, { attempt = 1, ...rest }) {
  const [name, card] = data.instances[instance];
  return { event, card, who: attempt > 1 ? `${name} (${attempt})` : name, ...rest };
}
