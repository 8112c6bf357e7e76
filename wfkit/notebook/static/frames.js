// How does a run look after its first i events? The folds were made in Python; here they are
// undone and redone event by event, so that every frame is reached from every other.
//
//   const it = frames(data);   data: what wfkit/views/replay.py gives
//   it.go(12)                  be at frame 12; returns the cards whose standing may have changed
//   it.standing(card)          [state, attempt, done, total], null for a card without instances
//   it.state(instance), it.since(instance)    its state, and the event that brought it about
//   it.counts(), it.run(), it.attempts(wanted)

const GONE = -1;

export function frames(data) {
  const cardOf = data.instances.map(([, card]) => card);
  const members = data.parts.cards.map(() => []);
  cardOf.forEach((card, i) => members[card]?.push(i));
  const now = nothing(data);
  const counts = new Int32Array(data.states.length);
  const steps = recorded(data);
  let frame = 0;
  const set = (i, [state, attempt, since], k, dirty) => {
    if (now.state[i] !== GONE) counts[now.state[i]] -= 1;
    if (state[k] !== GONE) counts[state[k]] += 1;
    now.state[i] = state[k];
    now.attempt[i] = attempt[k];
    now.since[i] = since[k];
    if (cardOf[i] !== GONE) dirty.add(cardOf[i]);
  };
  return {
    get frame() {
      return frame;
    },
    go(to) {
      const dirty = new Set();
      for (let k = steps.first[frame]; k < steps.first[to]; k += 1) set(steps.instance[k], steps.after, k, dirty);
      for (let k = steps.first[frame] - 1; k >= steps.first[to]; k -= 1) set(steps.instance[k], steps.before, k, dirty);
      frame = to;
      return dirty;
    },
    state: (i) => data.states[now.state[i]] ?? null,
    since: (i) => now.since[i],
    standing: (card) => together(data, members[card], now),
    counts: () => Object.fromEntries(data.states.map((name, i) => [name, counts[i]])),
    run: () => data.run.findLast(([event]) => event < frame)?.[1] ?? "queued",
    attempts: (wanted) => wanted.filter((it) => it.queued < frame).map((it) => asOf(it, frame)),
  };
}

function nothing(data) {
  const number = data.instances.length;
  return { state: new Int8Array(number).fill(GONE), attempt: new Int32Array(number), since: new Int32Array(number).fill(GONE) };
}

// All moves one after the other, with what was before and after each; `first` is where those of
// each event begin.
function recorded(data) {
  const first = [0];
  data.moves.forEach((moves) => first.push(first.at(-1) + moves.length / 3));
  const number = first.at(-1);
  const columns = () => [new Int8Array(number), new Int32Array(number), new Int32Array(number)];
  const [instance, before, after] = [new Int32Array(number), columns(), columns()];
  const { state, attempt, since } = nothing(data);
  const current = [state, attempt, since];
  data.moves.forEach((moves, event) => {
    for (let j = 0, k = first[event]; j < moves.length; j += 3, k += 1) {
      const i = (instance[k] = moves[j]);
      [moves[j + 1], moves[j + 2], event].forEach((value, column) => {
        before[column][k] = current[column][i];
        after[column][k] = current[column][i] = value;
      });
    }
  });
  return { first, instance, before, after };
}

// As wfkit/views/standing.py has it: what still moves tells more than what has ended.
function together(data, members, { state, attempt }) {
  let [telling, tries, done, total] = [Infinity, 0, 0, 0];
  for (const i of members) {
    if (state[i] === GONE) continue;
    const name = data.states[state[i]];
    telling = Math.min(telling, data.telling.indexOf(name));
    tries = Math.max(tries, attempt[i]);
    done += data.ended.includes(name);
    total += 1;
  }
  return total ? [data.telling[telling], tries, done, total] : null;
}

function asOf(it, frame) {
  const began = it.started >= 0 && it.started < frame;
  const ended = it.ended >= 0 && it.ended < frame;
  return { ...it, started: began ? it.started : null, ended: ended ? it.ended : null, outcome: ended ? it.outcome : null };
}
