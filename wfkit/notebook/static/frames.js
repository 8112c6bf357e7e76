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
  const number = data.instances.length;
  const state = new Int8Array(number).fill(GONE);
  const attempt = new Int32Array(number);
  const since = new Int32Array(number).fill(GONE);
  const counts = new Int32Array(data.states.length);
  const steps = data.moves.map((moves, event) => record(moves, event, { state, attempt, since }));
  state.fill(GONE);
  attempt.fill(0);
  since.fill(GONE);
  const members = data.parts.cards.map(() => []);
  data.instances.forEach(([, card], i) => members[card]?.push(i));
  let frame = 0;
  const set = (i, [to, tries, event], dirty) => {
    if (state[i] !== GONE) counts[state[i]] -= 1;
    if (to !== GONE) counts[to] += 1;
    state[i] = to;
    attempt[i] = tries;
    since[i] = event;
    if (data.instances[i][1] !== GONE) dirty.add(data.instances[i][1]);
  };
  return {
    get frame() {
      return frame;
    },
    go(to) {
      const dirty = new Set();
      for (; frame < to; frame += 1) steps[frame].forEach((it) => set(it.i, it.after, dirty));
      for (; frame > to; frame -= 1) {
        for (const it of steps[frame - 1].toReversed()) set(it.i, it.before, dirty);
      }
      return dirty;
    },
    state: (i) => data.states[state[i]] ?? null,
    since: (i) => since[i],
    standing: (card) => together(data, members[card], state, attempt),
    counts: () => Object.fromEntries(data.states.map((name, i) => [name, counts[i]])),
    run: () => data.run.findLast(([event]) => event < frame)?.[1] ?? "queued",
    attempts: (wanted) => wanted.filter((it) => it.queued < frame).map((it) => asOf(it, frame)),
  };
}

function record(moves, event, { state, attempt, since }) {
  const found = [];
  for (let k = 0; k < moves.length; k += 3) {
    const [i, to, tries] = moves.slice(k, k + 3);
    const before = [state[i], attempt[i], since[i]];
    const after = [to, tries, event];
    [state[i], attempt[i], since[i]] = after;
    found.push({ i, before, after });
  }
  return found;
}

// As wfkit/views/standing.py has it: what still moves tells more than what has ended.
function together(data, members, state, attempt) {
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
