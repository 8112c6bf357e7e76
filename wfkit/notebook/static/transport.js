// One transport bar: buttons, speed and a slider over numbered steps, by mouse and by keys.
//
//   const it = transport({
//     last,                        steps go from 1 to last
//     unit: "event",               what a step is called
//     troubles: [[12, "…"], …],    steps that get a mark above the slider, and what it says
//     onGo: (step) => …,           be at this step
//     onGlide: (step, share) => …, play has covered this share of the way to the next step
//     pause: (step, next) => 160,  milliseconds between two steps at speed 1
//   });
//   it.node                        what goes on the page
//   it.show(step, text)            where it is, and what the slider says of that
//   it.key(event)                  take a key press of the whole widget; true if it meant something
//   it.stop()
//
// Keys: left and right step, Home and End go to the ends, Space plays. At an end no button is
// really disabled: it would lose the focus, and the keys with it.

import { element, setText, shape } from "./dom.js";

const SPEEDS = [0.5, 1, 2, 4, 8];
const LONGEST_PLAY = 60_000;
const SHORTEST_PAUSE = 160;
const STILL = matchMedia("(prefers-reduced-motion: reduce)");
const ICONS = {
  first: "M4 3V13M13 3L6 8L13 13Z",
  back: "M11 3L5 8L11 13Z",
  play: "M4.5 2.5V13.5L13.5 8Z",
  pause: "M4 3H6.5V13H4ZM9.5 3H12V13H9.5Z",
  next: "M5 3L11 8L5 13Z",
  last: "M12 3V13M3 3L10 8L3 13Z",
};
const KEYS = { ArrowLeft: "back", ArrowRight: "next", Home: "first", End: "last", " ": "play" };

export function transport(options) {
  return new Transport(options);
}

class Transport {
  constructor({ last, unit = "step", troubles = [], onGo, onGlide = () => {}, pause = () => SHORTEST_PAUSE }) {
    Object.assign(this, { last, unit, onGo, onGlide, pause, step: 1, isPlaying: false });
    this.moves = {
      first: () => this.go(1),
      back: () => this.go(this.step - 1),
      play: () => this.toggle(),
      next: () => this.go(this.step + 1),
      last: () => this.go(last),
    };
    const labels = { first: `First ${unit}`, back: `Previous ${unit}`, play: "Play", next: `Next ${unit}`, last: `Last ${unit}` };
    this.buttons = mapped(labels, (label, name) => iconButton(name, label, this.moves[name]));
    this.speed = element("select", { "aria-label": "Speed" }, ...SPEEDS.map((it) => element("option", { value: it, selected: it === 1 }, `${it}×`)));
    this.slider = element("input", { type: "range", min: 1, max: last, step: 1, "aria-label": `${unit[0].toUpperCase()}${unit.slice(1)}` });
    this.slider.addEventListener("input", () => this.go(Number(this.slider.value)));
    this.count = element("span", { class: "count-of" });
    const rail = element("div", { class: "rail" }, marks(troubles, last), this.slider);
    const parts = [...Object.values(this.buttons), this.speed, rail, this.count];
    this.node = element("div", { class: "wf-transport", role: "group", "aria-label": "Play" }, ...parts);
  }

  go(step) {
    this.stop();
    this.onGo(Math.min(this.last, Math.max(1, step)));
  }

  show(step, text) {
    this.step = step;
    this.slider.value = step;
    this.slider.setAttribute("aria-valuetext", `${step}: ${text}`);
    setText(this.count, `${this.unit} ${step.toLocaleString("en")} of ${this.last.toLocaleString("en")}`);
    const { first, back, next, last } = this.buttons;
    [first, back].forEach((it) => it.setAttribute("aria-disabled", step <= 1));
    [next, last].forEach((it) => it.setAttribute("aria-disabled", step >= this.last));
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return false;
    const name = KEYS[event.key];
    const isOwn = event.target.tagName === "SELECT" || (event.target.tagName === "BUTTON" && event.key === " ");
    if (!name || isOwn) return false;
    this.moves[name]();
    return true;
  }

  stop() {
    this.isPlaying = false;
    paintButton(this.buttons.play, "play", "Play");
  }

  toggle() {
    if (this.isPlaying) return this.stop();
    if (this.step >= this.last) this.onGo(1);
    this.isPlaying = true;
    paintButton(this.buttons.play, "pause", "Pause");
    this.goOn();
  }

  // A long way is played in bigger steps, so that no play takes more than about a minute.
  goOn() {
    const from = this.step;
    const to = Math.min(this.last, from + Math.ceil((this.last * SHORTEST_PAUSE) / LONGEST_PLAY));
    const pause = this.pause(from, to) / Number(this.speed.value);
    const began = performance.now();
    const look = (now) => {
      if (!this.isPlaying || this.step !== from) return;
      if (!this.node.isConnected) return void this.stop();
      const share = Math.max(0, now - began) / pause;
      if (share < 1) {
        if (!STILL.matches) this.onGlide(from, share, to);
        requestAnimationFrame(look);
        return;
      }
      this.onGo(to);
      if (to < this.last) this.goOn();
      else this.stop();
    };
    requestAnimationFrame(look);
  }
}

function mapped(values, make) {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, make(value, name)]));
}

function iconButton(name, label, act) {
  const made = element("button", { type: "button", class: name });
  paintButton(made, name, label);
  made.addEventListener("click", act);
  return made;
}

function paintButton(node, icon, label) {
  if (node.title === label) return;
  node.title = label;
  node.setAttribute("aria-label", label);
  const path = shape("path", { class: "glyph", d: ICONS[icon] });
  node.replaceChildren(shape("svg", { width: 14, height: 14, viewBox: "0 0 16 16", "aria-hidden": "true" }, path));
}

// Where on the way something went wrong: one sign for all of it, the words tell the rest.
function marks(troubles, last) {
  const made = troubles.map(([step, text]) => {
    const node = element("span", { class: "trouble", title: text });
    node.style.left = `${((100 * (step - 1)) / Math.max(1, last - 1)).toFixed(3)}%`;
    return node;
  });
  return element("div", { class: "troubles", "aria-hidden": "true" }, ...made);
}
