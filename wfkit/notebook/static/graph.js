// One graph: cards that show how tasks stand, and one of them may be picked.
//
//   const it = graph(parts, { onPick });   parts: what wfkit/views/parts.py gives
//   it.node                                what goes on the page
//   it.paint([[state, attempt, done, total], …])   one entry a card; null: not in this run
//   it.paintCard(3, ["running", 1, 0, 1])  one card alone
//   it.count({running: 2, …})              numbers, where there are too many tasks for cards
//   it.pick(3)                             light up a card and all that it hangs together with;
//   it.pick(3, new Set([1, 3]))            or these cards, where somebody knows better
//   it.focus(3)                            put the keyboard on a card
//   it.key(event)                          take a key press; true if it meant something
//
// The colours come from CSS by data-state; shape and word are set here.

import { crop, drawing, element, setText } from "./dom.js";

export function graph(parts, { onPick } = {}) {
  const node = element("div", { class: "wf-graph" });
  const drawn = parts.svg && drawing(parts.svg);
  node.append(drawn || list(parts));
  const cards = parts.cards.map((_, i) => node.querySelector(`[data-card="${i}"]`));
  const edges = [...node.querySelectorAll(".edge")];
  const tiles = [...node.querySelectorAll(".count[data-state]")];
  const shown = new Array(cards.length);
  const paintCard = (i, standing) => {
    if (!cards[i] || !standing || String(shown[i]) === String(standing)) return;
    shown[i] = standing;
    (drawn ? paintShape : paintItem)(cards[i], parts, parts.cards[i], standing);
  };
  const pick = (picked, cone) => light(cards, edges, parts, picked, cone);
  if (drawn) {
    crop(drawn);
    drawn.setAttribute("role", "group");
  }
  const { focus, key } = onPick ? pickable(cards, parts, onPick) : { focus: () => {}, key: () => false };
  return {
    node,
    paintCard,
    paint: (standings) => standings.forEach((standing, i) => paintCard(i, standing)),
    count: (counts) => paintCounts(tiles, counts),
    pick,
    focus,
    key,
  };
}

function paintShape(node, parts, card, [state, attempt, done, total]) {
  const look = parts.states[state];
  node.dataset.state = state;
  node.dataset.attempt = attempt;
  node.querySelector(".icon")?.setAttribute("d", look.icon);
  const word = total > 1 ? `${look.word} ${done}/${total}` : look.word;
  setText(node.querySelector(".state"), word);
  paintAttempts(node.querySelector(".attempts"), attempt, card.attempts);
  const tried = card.attempts > 1 && attempt ? `, attempt ${attempt} of ${card.attempts}` : "";
  const told = `${card.title}: ${word}${tried}`;
  setText(node.querySelector("title"), told);
  if (node.hasAttribute("aria-label")) node.setAttribute("aria-label", told);
}

function paintAttempts(node, attempt, allowed) {
  if (node?.tagName === "text") setText(node, `${attempt}/${allowed}`);
  else [...(node?.children ?? [])].forEach((dot, i) => dot.classList.toggle("used", i < attempt));
}

// Without Graphviz there is no drawing: the cards as a list.
function list(parts) {
  const item = (card, i) => element("div", {}, element("span", { "data-card": i }, card.title));
  return element("div", { class: "cards" }, ...parts.cards.map(item));
}

function paintItem(node, parts, card, [state, attempt, done, total]) {
  const look = parts.states[state];
  node.dataset.state = state;
  node.dataset.attempt = attempt;
  setText(node, `${look.glyph} ${card.title}: ${look.word}${total > 1 ? ` ${done}/${total}` : ""}`);
}

function paintCounts(tiles, counts) {
  tiles.forEach((tile) => {
    setText(tile.querySelector(".number"), (counts[tile.dataset.state] ?? 0).toLocaleString("en"));
    tile.classList.toggle("zero", !counts[tile.dataset.state]);
  });
}

// The graph is one stop of the Tab key; up and down go from card to card, left and right along an
// edge.
function pickable(cards, parts, onPick) {
  const stops = cards.map((card, i) => ({ card, i })).filter(({ card }) => card);
  stops.forEach(({ card, i }, place) => {
    const title = parts.cards[i].title;
    const about = { role: "button", tabindex: place ? -1 : 0, "aria-pressed": "false", "aria-label": title };
    Object.entries(about).forEach(([name, value]) => card.setAttribute(name, value));
    card.addEventListener("click", () => onPick(i));
  });
  const focus = (i) => {
    stops.forEach(({ card, i: own }) => card.setAttribute("tabindex", own === i ? 0 : -1));
    cards[i]?.focus();
  };
  const key = (event) => {
    const place = stops.findIndex(({ card }) => card === event.target);
    if (place < 0) return false;
    const next = nextOf(stops, place, parts.edges, event.key);
    if (event.key === "Enter" || event.key === " ") onPick(stops[place].i);
    else if (next !== undefined) focus(next);
    else return false;
    return true;
  };
  return { focus, key };
}

function nextOf(stops, place, edges, key) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[key];
  if (step) return stops[(place + step + stops.length) % stops.length].i;
  const here = stops[place].i;
  if (key === "ArrowRight") return edges.find(([tail]) => tail === here)?.[1];
  if (key === "ArrowLeft") return edges.find(([, head]) => head === here)?.[0];
  return undefined;
}

function light(cards, edges, parts, picked, known) {
  const cone = picked === null ? null : (known ?? coneOf(parts.edges, picked));
  cards.forEach((card, i) => {
    card?.classList.toggle("picked", i === picked);
    card?.classList.toggle("faded", cone !== null && !cone.has(i));
    if (card?.hasAttribute("aria-pressed")) card.setAttribute("aria-pressed", i === picked);
  });
  edges.forEach((edge) => {
    const isIn = cone?.has(Number(edge.dataset.tail)) && cone.has(Number(edge.dataset.head));
    edge.classList.toggle("lit", Boolean(isIn));
    edge.classList.toggle("faded", cone !== null && !isIn);
  });
}

// A card with all its ancestors and descendants.
export function coneOf(edges, start) {
  return new Set([...reach(edges, [start], 0), ...reach(edges, [start], 1)]);
}

// All that lies downstream of some cards (from = 0), or upstream (from = 1), and they themselves.
export function reach(edges, starts, from) {
  const next = new Map();
  for (const edge of edges) {
    if (next.has(edge[from])) next.get(edge[from]).push(edge[1 - from]);
    else next.set(edge[from], [edge[1 - from]]);
  }
  const found = new Set(starts);
  for (const it of found) (next.get(it) ?? []).forEach((one) => found.add(one));
  return found;
}
