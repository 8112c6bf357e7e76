// Who waits for whom? What hangs together with some tasks, and the same in words.
//
//   const it = relations({ names, edges, missing }, [2], "revenue");
//   it.lit    the tasks that light up: these, their ancestors and descendants
//   it.above  the ancestors and these alone
//   it.told   "revenue waits for orders, sales; report waits for it."
//
// `askers(data, "ordrs")` is the same for a name that no task has.

import { reach } from "./graph.js";

const MOST_NAMED = 6;

export function relations({ names, edges, missing }, own, name) {
  const [below, above] = [reach(edges, own, 0), reach(edges, own, 1)];
  const named = naming(names);
  const inside = new Set(own);
  const more = (words, tasks) => (tasks.length ? ` (${words} ${named(tasks)})` : "");
  const beyond = (all, direct) => [...all].filter((it) => !inside.has(it) && !direct.includes(it));
  const [down, up] = [neighbours(edges, inside, 0), neighbours(edges, inside, 1)];
  const then = beyond(below, down);
  const ghosts = [...new Set(missing.filter(([task]) => inside.has(task)).map(([, wanted]) => wanted))];
  const real = up.length ? [`${named(up)}${more("and so for", beyond(above, up))}`] : [];
  const unreal = ghosts.length ? [`${listed(ghosts)} (no such task yet)`] : [];
  const waits = [...real, ...unreal].join(" and ") || "nothing";
  const so = then.length === 1 ? "and so does" : "and so do";
  const follows = down.length ? `${waiting(named, down)}${more(so, then)}` : "nothing waits for it";
  return { above, lit: new Set([...above, ...below]), told: `${name} waits for ${waits}; ${follows}.` };
}

export function askers({ names, edges, missing }, name) {
  const own = missing.filter(([, wanted]) => wanted === name).map(([task]) => task);
  return { above: new Set(own), lit: reach(edges, own, 0), told: `No task is called ${name} yet; ${waiting(naming(names), own)}.` };
}

function naming(names) {
  return (tasks) => listed([...tasks].sort((one, other) => one - other).map((it) => names[it]));
}

function waiting(named, tasks) {
  return `${named(tasks)} ${tasks.length === 1 ? "waits" : "wait"} for it`;
}

export function listed(names) {
  const rest = names.length - MOST_NAMED;
  return names.slice(0, MOST_NAMED).join(", ") + (rest > 0 ? ` and ${rest.toLocaleString("en")} more` : "");
}

// The tasks outside that an edge joins to one inside: downstream (from = 0) or upstream (from = 1).
function neighbours(edges, inside, from) {
  const found = edges.filter((it) => inside.has(it[from]) && !inside.has(it[1 - from]));
  return [...new Set(found.map((it) => it[1 - from]))];
}
