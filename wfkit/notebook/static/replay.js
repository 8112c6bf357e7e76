// The replay of a recorded run, alone on its page.

import { player } from "./player.js";

export function render({ model, el }) {
  const it = player(model.get("replay"));
  el.append(it.node);
  return it.stop;
}
