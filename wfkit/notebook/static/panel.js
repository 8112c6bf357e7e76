// The fault panel: break a task, choose its policy, predict, run; the replay and the odds below.

import { element, frame, setText } from "./dom.js";
import { picture } from "./picture.js";
import { player } from "./player.js";

const POLICY = { retries: "retries", retry_delay: "retry delay", backoff: "backoff", timeout: "timeout" };
const GUESSES = { "": "no guess", success: "succeeds", failed: "fails" };

export function render({ model, el }) {
  const panel = new Panel(model);
  const update = () => panel.show(model.get("found"));
  model.on("change:found", update);
  update();
  el.append(panel.root);
  return () => {
    model.off("change:found", update);
    panel.leave();
  };
}

class Panel {
  constructor(model) {
    this.model = model;
    this.choices = model.get("choices");
    this.playing = null;
    this.guessed = "";
    this.build();
    this.fillPolicy();
    this.fillFault();
  }

  build() {
    const { dag, tasks, faults } = this.choices;
    this.task = chooser("Task to break", tasks.map((it) => it.name), () => this.fillPolicy());
    this.fault = chooser("Fault", faults.map((it) => it.word), () => this.fillFault());
    this.value = element("input", { type: "text", size: 5, spellcheck: "false" });
    this.value.addEventListener("input", () => this.spell());
    this.policy = Object.fromEntries(Object.keys(POLICY).map((name) => [name, this.policyField(name)]));
    this.guess = chooser("Your guess", Object.values(GUESSES));
    this.button = element("button", { type: "submit", class: "go" }, "Run it");
    this.command = element("pre", { class: "command", "aria-label": "The same as cells" });
    this.told = element("p", { class: "verdict", role: "status", "aria-live": "polite" });
    this.results = element("div", { class: "results" });
    const form = element(
      "form",
      { "aria-label": `Break ${dag}` },
      part("Break", labelled("task", this.task), labelled("how", this.fault), this.value),
      part("Policy", ...Object.entries(POLICY).map(([name, word]) => labelled(word, this.policy[name]))),
      part("Predict", labelled("the run", this.guess), this.button),
    );
    form.addEventListener("submit", (event) => this.run(event));
    const head = element("header", {}, element("span", { class: "title" }, `Break ${dag}`), element("span", { class: "soft" }, "a trial on a virtual clock: nothing is kept"));
    const parts = [head, form, this.command, this.told, this.results];
    this.root = frame("wfkit-panel", `Fault panel of ${dag}`, (event) => this.key(event), ...parts);
  }

  policyField(name) {
    const made = element("input", { type: "text", size: 4, spellcheck: "false", name });
    made.addEventListener("input", () => this.spell());
    return made;
  }

  fillPolicy() {
    const { policy } = this.choices.tasks[this.task.selectedIndex];
    Object.entries(this.policy).forEach(([name, field]) => (field.value = policy[name]));
    this.spell();
  }

  fillFault() {
    const { value, label } = this.choices.faults[this.fault.selectedIndex];
    this.value.hidden = value === undefined;
    this.value.value = value ?? "";
    this.value.setAttribute("aria-label", label ?? "");
    this.value.title = label ?? "";
    this.spell();
  }

  chosen() {
    const { tasks, faults } = this.choices;
    const what = faults[this.fault.selectedIndex].what.replace("{}", this.value.value.trim());
    const policy = Object.fromEntries(Object.entries(this.policy).map(([name, field]) => [name, field.value.trim()]));
    return { task: tasks[this.task.selectedIndex].name, fault: what, policy };
  }

  // What the choice is in cells, so that it can be done without the panel.
  spell() {
    const { task, fault, policy } = this.chosen();
    const known = this.choices.tasks[this.task.selectedIndex].policy;
    const changed = Object.entries(policy).filter(([name, value]) => value !== known[name]);
    const flags = changed.map(([name, value]) => (value ? ` --${name.replace("_", "-")} ${value}` : "")).join("");
    const left = changed.filter(([, value]) => !value).map(([name]) => `, without --${name.replace("_", "-")}`).join("");
    const cell = changed.length ? `%%task${flags}   # the cell of ${task}${left}\n` : "";
    setText(this.command, `${cell}%dag run --fault ${task}:${fault}`);
  }

  key(event) {
    const isAsked = event.key === "Enter" && event.target.tagName === "INPUT";
    if (isAsked) this.run(event);
    return isAsked;
  }

  run(event) {
    event.preventDefault();
    if (this.button.disabled) return;
    this.guessed = Object.keys(GUESSES)[this.guess.selectedIndex];
    this.button.disabled = true;
    setText(this.button, "Running…");
    this.model.send(this.chosen());
  }

  show(found) {
    this.button.disabled = false;
    setText(this.button, "Run it");
    this.told.classList.toggle("error", Boolean(found.error));
    setText(this.told, found.error ?? `${this.compared(found.state)}${found.told ?? ""}`);
    if (found.replay) this.paint(found);
  }

  compared(state) {
    if (!state || !this.guessed) return "";
    return this.guessed === state ? "As you said. " : `You said it ${GUESSES[this.guessed]}. `;
  }

  paint(found) {
    this.playing?.stop();
    this.playing = player(found.replay);
    const odds = picture(found.odds);
    const plain = found.odds_text && element("pre", { class: "plain" }, found.odds_text);
    this.results.replaceChildren(this.playing.node, ...(odds ? [odds.node] : plain ? [plain] : []));
  }

  leave() {
    this.playing?.stop();
  }
}

function chooser(label, words, onChange) {
  const options = words.map((word) => element("option", {}, word));
  const made = element("select", { "aria-label": label }, ...options);
  if (onChange) made.addEventListener("change", onChange);
  return made;
}

function labelled(word, field) {
  return element("label", {}, element("span", { class: "soft" }, word), field);
}

function part(name, ...fields) {
  return element("fieldset", {}, element("legend", {}, name), ...fields);
}
