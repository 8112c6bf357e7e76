// A picture whose spots tell what they are: pointed at by mouse or keys, two of them side by side.

import { element, frame, shape } from "./dom.js";
import { picture } from "./picture.js";

const WAYS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [1, -1], ArrowDown: [1, 1] };

export function render({ model, el }) {
  el.append(new Touched(model.get("picture")).root);
}

class Touched {
  constructor(data) {
    this.data = data;
    this.spots = data.spots;
    Object.assign(this, { hovered: null, focused: null, kept: null });
    this.build();
    this.paint();
  }

  build() {
    const { data } = this;
    const { node, drawn } = picture(data.svg);
    this.drawn = drawn;
    drawn.setAttribute("role", "group");
    drawn.querySelectorAll("title, desc").forEach((it) => it.remove());
    this.nodes = this.found();
    this.rings = { now: ring("ring"), kept: ring("ring pinned") };
    drawn.append(this.rings.kept, this.rings.now);
    this.now = element("div", { class: "told", role: "status", "aria-live": "polite" });
    this.beside = element("div", { class: "told kept", role: "note", "aria-label": "Kept" });
    const boxes = element("div", { class: "boxes" }, this.now, this.beside);
    this.root = frame("wfkit-touched", data.label, (event) => this.key(event), node, boxes, hint(data.thing));
    this.listen(node);
  }

  found() {
    const at = new Map([...this.drawn.querySelectorAll("[data-at]")].map((it) => [it.dataset.at, it]));
    return this.spots.map(([column, row, told], i) => {
      const node = at.get(`${column} ${row}`);
      const about = { role: "button", "aria-pressed": "false", "aria-label": told.join(". "), tabindex: -1 };
      Object.entries(about).forEach(([name, value]) => node.setAttribute(name, value));
      node.wfkitSpot = i;
      return node;
    });
  }

  listen(node) {
    const spotAt = (event) => event.target.closest?.("[data-at]")?.wfkitSpot ?? null;
    const hear = (name, act) => node.addEventListener(name, act);
    hear("pointerover", (event) => this.set({ hovered: spotAt(event) }));
    hear("pointerleave", () => this.set({ hovered: null }));
    hear("focusin", (event) => {
      this.set({ focused: spotAt(event), hovered: null });
      event.target.scrollIntoView({ block: "nearest", inline: "nearest" });
    });
    hear("focusout", () => this.set({ focused: null }));
    hear("click", (event) => spotAt(event) !== null && this.keep(spotAt(event)));
    this.stop(this.newest());
  }

  // The picture is one stop of the Tab key, and begins with the newest: it is what one asks for.
  newest() {
    const places = this.spots.map(([column, row], i) => [column, this.isOneColumn() ? row : -row, i]);
    return places.reduce((best, it) => (it[0] > best[0] || (it[0] === best[0] && it[1] > best[1]) ? it : best))[2];
  }

  isOneColumn() {
    return this.spots.every(([column]) => column === this.spots[0][0]);
  }

  stop(spot) {
    if (this.stopped !== undefined) this.nodes[this.stopped].setAttribute("tabindex", -1);
    this.stopped = spot;
    this.nodes[spot].setAttribute("tabindex", 0);
  }

  set(change) {
    Object.assign(this, change);
    this.paint();
  }

  keep(spot) {
    if (this.kept !== null) this.nodes[this.kept].setAttribute("aria-pressed", "false");
    this.kept = spot === this.kept ? null : spot;
    if (this.kept !== null) this.nodes[spot].setAttribute("aria-pressed", "true");
    this.paint();
  }

  paint() {
    const now = this.hovered ?? this.focused;
    this.show(this.now, now ?? this.kept, `Point at ${one(this.data.thing)}: it tells what happened.`);
    this.beside.hidden = this.kept === null || now === null || now === this.kept;
    this.show(this.beside, this.beside.hidden ? null : this.kept, "");
    this.surround(this.rings.now, now);
    this.surround(this.rings.kept, this.kept);
    this.root.dataset.now = now ?? "";
    this.root.dataset.kept = this.kept ?? "";
  }

  show(box, spot, empty) {
    const lines = spot === null ? [empty] : this.spots[spot][2];
    const text = lines.join("\n");
    if (box.textContent === text) return;
    const [first, ...rest] = lines;
    const head = element("span", { class: spot === null ? "soft" : "first" }, first);
    box.replaceChildren(head, ...(rest.length ? [`\n${rest.join("\n")}`] : []));
  }

  surround(mark, spot) {
    mark.toggleAttribute("hidden", spot === null);
    if (spot === null) return;
    const node = this.nodes[spot];
    const box = node.getBBox();
    const place = this.drawn.getScreenCTM().inverse().multiply(node.getScreenCTM());
    const about = { x: box.x - 1, y: box.y - 1, width: box.width + 2, height: box.height + 2, rx: 4 };
    Object.entries(about).forEach(([name, value]) => mark.setAttribute(name, value));
    mark.setAttribute("transform", `matrix(${[place.a, place.b, place.c, place.d, place.e, place.f].join(" ")})`);
  }

  key(event) {
    const spot = this.nodes.indexOf(event.target);
    if (event.key === "Escape" && this.kept !== null) this.keep(this.kept);
    else if (spot < 0) return false;
    else if (event.key === "Enter" || event.key === " ") this.keep(spot);
    else return this.move(spot, event.key);
    return true;
  }

  move(spot, key) {
    const next = key in WAYS ? this.next(spot, ...WAYS[key]) : this.end(spot, key);
    if (next === undefined) return key in WAYS;
    this.stop(next);
    this.nodes[next].focus();
    return true;
  }

  // Along its line; where it stands alone there, the other way round.
  line(spot, axis) {
    const along = (way) => this.spots.map((it, i) => [it[way], i]).filter(([, i]) => this.spots[i][1 - way] === this.spots[spot][1 - way]);
    const found = along(axis);
    return (found.length > 1 ? found : along(1 - axis)).sort(([one], [other]) => one - other).map(([, i]) => i);
  }

  next(spot, axis, step) {
    const line = this.line(spot, axis);
    return line[line.indexOf(spot) + step];
  }

  end(spot, key) {
    const line = this.line(spot, 0);
    return { Home: line[0], End: line.at(-1) }[key];
  }
}

const one = (thing) => `${/^[aeiou]/.test(thing) ? "an" : "a"} ${thing}`;

const ring = (name) => shape("rect", { class: name, hidden: true });

function hint(thing) {
  const part = (keys, text) => element("span", {}, ...keys.map((it) => element("span", { class: "key" }, it)), text);
  return element(
    "div",
    { class: "hint soft" },
    part(["←", "↑", "↓", "→"], `next ${thing}`),
    part(["Home", "End"], "first, last"),
    part(["Enter"], "keep it beside the next one"),
    part(["Esc"], "let it go"),
  );
}
