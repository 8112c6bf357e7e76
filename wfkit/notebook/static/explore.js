// A graph to explore: what waits for what, where the boundaries are, groups opened and folded.

import { boundaryCard } from "./boundary.js";
import { element, frame, setText } from "./dom.js";
import { graph } from "./graph.js";
import { askers, listed, relations } from "./relations.js";

const EMPTY = "Pick a task: what it waits for, and what waits for it, lights up.";

export function render({ model, el }) {
  el.append(new Explorer(model.get("graph")).root);
}

class Explorer {
  constructor(data) {
    this.data = data;
    this.picked = null;
    this.build();
    this.draw(data.drawings[0]);
    if (data.picked !== null) this.pickTask(data.picked);
  }

  build() {
    const { data } = this;
    const title = element("span", { class: "title" }, data.dag);
    this.groups = data.groups.length ? this.groupButtons() : null;
    this.stage = element("div", { class: "stage" });
    this.told = element("p", { class: "told", role: "status", "aria-live": "polite" });
    this.card = element("div", { class: "boundary" });
    const details = element("div", { class: "details" }, this.told, this.card);
    this.root = frame(
      "wfkit-explore",
      `Dag ${data.dag}`,
      (event) => this.key(event),
      element("header", {}, title, element("span", { class: "soft" }, data.size)),
      ...(this.groups ? [this.groups.node] : []),
      element("div", { class: "beside" }, this.stage, ...(data.names.length ? [details] : [])),
      ...(data.names.length ? [hint(this.groups)] : []),
    );
  }

  groupButtons() {
    const button = (label, onClick) => {
      const made = element("button", { type: "button" }, label);
      made.addEventListener("click", onClick);
      return made;
    };
    const all = this.data.groups.map((_, i) => i);
    const open = button("Open all", () => this.fold([]));
    const close = button("Collapse all", () => this.fold(all));
    const canOpen = (i) => this.data.drawings.some((it) => !it.folded.includes(i));
    const each = new Map(all.filter(canOpen).map((i) => [i, button(this.data.groups[i][0], () => this.toggle(i))]));
    each.forEach((it) => it.classList.add("one"));
    const about = { class: "groups", role: "group", "aria-label": "Groups" };
    const node = element("div", about, element("span", { class: "soft" }, "Groups"), ...each.values(), open, close);
    const rest = all.length - each.size;
    if (rest) node.append(element("span", { class: "soft" }, `${rest.toLocaleString("en")} more: %dag show --group NAME opens one.`));
    return { node, open, close, each };
  }

  // What the picked thing is called outlives the drawing: a task may be behind a folded group.
  draw(drawn) {
    this.drawn = drawn;
    this.graph = graph(drawn, { onPick: (card) => this.pickCard(card) });
    this.stage.replaceChildren(this.graph.node);
    this.root.dataset.folded = drawn.folded.join(" ");
    if (this.groups) this.paintGroups(drawn.folded);
    this.paint();
  }

  paintGroups(folded) {
    const { open, close, each } = this.groups;
    const all = this.data.groups.map((_, i) => i);
    each.forEach((it, i) => {
      it.setAttribute("aria-expanded", !folded.includes(i));
      it.disabled = !this.targetOf(i);
    });
    open.disabled = !folded.length || !this.drawingOf([]);
    close.disabled = folded.length === all.length || !this.drawingOf(all);
  }

  drawingOf(folded) {
    const wanted = [...folded].sort((one, other) => one - other).join(" ");
    return this.data.drawings.find((it) => it.folded.join(" ") === wanted);
  }

  // Where not every combination is drawn, a group is opened alone, or all are folded.
  targetOf(group) {
    const { folded } = this.drawn;
    const all = this.data.groups.map((_, i) => i);
    const others = all.filter((it) => it !== group);
    const isFolded = folded.includes(group);
    const next = isFolded ? folded.filter((it) => it !== group) : [...folded, group];
    return this.drawingOf(next) ?? this.drawingOf(isFolded ? others : all);
  }

  toggle(group) {
    const found = this.targetOf(group);
    if (!found) return;
    this.draw(found);
    this.tellFolds();
  }

  fold(groups) {
    const found = this.drawingOf(groups);
    if (!found) return;
    this.draw(found);
    this.tellFolds();
    const { open, close } = this.groups;
    if (document.activeElement === document.body) (open.disabled ? close : open).focus();
  }

  tellFolds() {
    if (this.picked) return;
    const named = this.drawn.folded.map((it) => this.data.groups[it][0]);
    setText(this.told, named.length ? `Collapsed: ${listed(named)}.` : "Every group is open.");
  }

  pickCard(card) {
    const { tasks, group, title } = this.drawn.cards[card];
    const isSame = this.cardOf(this.picked) === card;
    this.picked = isSame ? null : group !== null ? { group } : tasks.length ? { task: tasks[0] } : { missing: title };
    this.paint();
  }

  // A task that is picked by name is shown, its group opened if it can be.
  pickTask(task) {
    this.picked = { task };
    const group = this.data.groups.findIndex(([, tasks]) => tasks.includes(task));
    const target = this.drawn.folded.includes(group) && this.targetOf(group);
    if (target) this.draw(target);
    else this.paint();
  }

  cardOf(picked) {
    if (!picked) return null;
    const { cards } = this.drawn;
    const { task, group, missing } = picked;
    const isIt = (it) => {
      if (missing !== undefined) return !it.tasks.length && it.title === missing;
      if (group !== undefined && it.group !== null) return it.group === group;
      return it.tasks.includes(task ?? this.data.groups[group][1][0]);
    };
    const found = cards.findIndex(isIt);
    return found < 0 ? null : found;
  }

  paint() {
    const { picked, graph: drawn } = this;
    this.root.dataset.picked = picked ? this.nameOf(picked) : "";
    if (!picked) {
      drawn.pick(null);
      setText(this.told, EMPTY);
      this.card.replaceChildren();
      return;
    }
    const found = this.related(picked);
    drawn.pick(this.cardOf(picked), this.coneOf(found));
    setText(this.told, found.told);
    this.showCard(picked);
  }

  related(picked) {
    const { data } = this;
    const { task, group, missing } = picked;
    if (missing !== undefined) return askers(data, missing);
    return relations(data, task !== undefined ? [task] : data.groups[group][1], this.nameOf(picked));
  }

  // The cards that light up: also those of names that an ancestor waits for in vain.
  coneOf({ lit, above }) {
    const { cards, edges } = this.drawn;
    const cone = new Set([this.cardOf(this.picked)]);
    cards.forEach((it, i) => it.tasks.some((task) => lit.has(task)) && cone.add(i));
    const waits = (head) => cards[head].tasks.some((task) => above.has(task));
    edges.forEach(([tail, head]) => !cards[tail].tasks.length && waits(head) && cone.add(tail));
    return cone;
  }

  nameOf({ task, group, missing }) {
    if (task !== undefined) return this.data.names[task];
    return group !== undefined ? this.data.groups[group][0] : missing;
  }

  showCard({ task, group }) {
    const source = task !== undefined ? this.data.tasks[task] : group !== undefined ? this.data.folds[group] : null;
    const made = source && boundaryCard(source, (name) => this.follow(name));
    this.card.replaceChildren(...(made ? [made] : []));
  }

  follow(name) {
    this.pickTask(this.data.names.indexOf(name));
    this.graph.focus(this.cardOf(this.picked));
  }

  key(event) {
    if (event.key !== "Escape" || !this.picked) return this.graph.key(event);
    const card = this.cardOf(this.picked);
    const wasInCard = this.card.contains(document.activeElement);
    this.picked = null;
    this.paint();
    if (wasInCard) this.graph.focus(card);
    return true;
  }
}

function hint(groups) {
  const part = (keys, text) => element("span", {}, ...keys.map((it) => element("span", { class: "key" }, it)), text);
  return element(
    "div",
    { class: "hint soft" },
    part(["↑", "↓"], "next task"),
    part(["←", "→"], "along an arrow"),
    part(["Enter"], "show its boundary"),
    part(["Esc"], "all tasks"),
    ...(groups ? [part([], "A group's button opens and collapses it.")] : []),
  );
}
