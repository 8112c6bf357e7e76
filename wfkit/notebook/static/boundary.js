// The boundary card of a task or group; its HTML comes from wfkit/views/boundary_html.py.
//
//   boundaryCard(source, (name) => …)   the function is called with the task whose name is pressed

import { element, markup } from "./dom.js";

export function boundaryCard(source, onTask) {
  const node = markup(source);
  node?.querySelectorAll("[data-task]").forEach((it) => {
    const made = element("button", { type: "button", class: "to-task" }, it.textContent);
    made.addEventListener("click", () => onTask(it.dataset.task));
    it.replaceWith(made);
  });
  return node;
}
