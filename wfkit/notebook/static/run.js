// The live view of a run. The drawing comes once; after that only states change.

import { announcer, counted, element, frame, paintSign, setText } from "./dom.js";
import { graph } from "./graph.js";

function build(model) {
  const title = model.get("title");
  const progress = element("progress", { "aria-label": "tasks that have ended" });
  const counts = element("span", { class: "counts", "aria-hidden": "true" });
  const region = element("span", { class: "aside", role: "status", "aria-live": "polite" });
  const badge = element("span", { class: "now" });
  const header = element("header", {}, badge, element("span", { class: "title" }, title), progress, counts, region);
  const drawn = graph(model.get("parts"), { onPick: (card) => choose(card) });
  let picked = null;
  const choose = (card) => {
    picked = card === picked ? null : card;
    drawn.pick(picked);
  };
  const onKey = (event) => {
    if (event.key === "Escape") drawn.pick((picked = null));
    return event.key === "Escape" || drawn.key(event);
  };
  const root = frame("wfkit-run", title, onKey, header, drawn.node);
  return { root, header, badge, progress, counts, drawn, announce: announcer(region) };
}

function cancelButton(model) {
  const button = element("button", { type: "button" }, "Cancel");
  button.addEventListener("click", () => {
    button.disabled = true;
    button.textContent = "Cancelling…";
    model.send("cancel");
  });
  return button;
}

function paint(view, parts, standing) {
  const text = counted(standing.counts, parts.states);
  view.root.dataset.runState = standing.state;
  view.progress.max = standing.total || 1;
  view.progress.value = standing.ended;
  const [ended, total] = [standing.ended, standing.total].map((it) => it.toLocaleString("en"));
  paintSign(view.badge, parts.states, standing.state, standing.word);
  setText(view.counts, `${ended} of ${total} ended · ${text}`);
  view.drawn.paint(standing.cards);
  view.drawn.count(standing.counts);
  const isEnd = !["queued", "running"].includes(standing.state);
  view.announce(`${standing.word}, ${ended} of ${total} tasks ended. ${text}`, isEnd);
  return isEnd;
}

export function render({ model, el }) {
  const view = build(model);
  const button = model.get("can_cancel") ? cancelButton(model) : null;
  if (button) view.header.append(button);
  const update = () => {
    const isEnd = paint(view, model.get("parts"), model.get("standing"));
    if (button && isEnd) button.disabled = true;
  };
  model.on("change:standing", update);
  update();
  el.append(view.root);
  return () => model.off("change:standing", update);
}
