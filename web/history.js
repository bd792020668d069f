// SPDX-License-Identifier: GPL-2.0-or-later
// Revisions: what each changed, and the way back.

import { ask } from "./dialog.js";
import { button, element, notice, section } from "./dom.js";
import { moment, text } from "./format.js";
import { Table } from "./table.js";

const SHOWN = 50;   // revisions

function stateOf(row) {
  if (row.pending) {
    return "pending";
  }
  return row.in_force ? "in force" : row.result;
}

function outcomeOf(row) {
  const told = [row.result_why, row.result_who && `by ${row.result_who}`, row.result_when && `at ${moment(row.result_when)}`];
  return text(told.filter(Boolean).join(", "));
}

// At most two revisions are chosen: a third one takes the place of the first.
class Choice {
  #boxes = [];   // in the order in which they were ticked

  constructor(onChange) {
    this.onChange = onChange;
  }

  box(rev) {
    const made = element("input", { type: "checkbox", "aria-label": `compare revision ${rev}`, value: rev });
    made.addEventListener("change", () => this.#ticked(made));
    return made;
  }

  #ticked(box) {
    this.#boxes = [...this.#boxes.filter((one) => one !== box), ...(box.checked ? [box] : [])];
    while (this.#boxes.length > 2) {
      this.#boxes.shift().checked = false;
    }
    this.onChange(this.#boxes.map((one) => Number(one.value)).sort((one, other) => one - other));
  }
}

function toneOf(line) {
  if (/^(---|\+\+\+|@@)/.test(line)) {
    return "where";
  }
  return { "+": "added", "-": "removed" }[line[0]] ?? null;
}

function diffLines(diff) {
  return diff.replace(/\n$/, "").split("\n").map((line) => element("span", { class: toneOf(line) }, `${line}\n`));
}

async function differences(page, chosen) {
  if (chosen.length === 0) {
    return [];
  }
  const [a, b] = chosen.length === 2 ? chosen : [null, chosen[0]];
  try {
    const { text: diff } = await page.get("/v1/diff", { a, b });
    return diff ? diffLines(diff) : ["They are the same."];
  } catch (failure) {
    return [failure.message];
  }
}

// Shows what was asked for last, in whatever order the answers come.
function diffPane(page) {
  const node = element("pre", { class: "diff", tabindex: 0, "aria-label": "Differences" });
  let turn = 0;
  return {
    node,
    async show(chosen) {
      const own = turn += 1;
      const lines = await differences(page, chosen);
      if (own === turn) {
        node.replaceChildren(...lines);
      }
    },
  };
}

function sayDone(said, what, answer) {
  const more = [...(answer.warnings ?? []), ...(answer.degraded ?? [])];
  said.say([what, ...more].join("\n"), more.length ? "warn" : "good");
}

function askRollback(page, rev, said) {
  ask({
    title: `Roll back to revision ${rev}?`,
    explanation: `Revision ${rev} is put in force again, and newer ones are taken back. If its rules do not let you in, this page is cut off.`,
    action: `Roll back to revision ${rev}`,
    signal: page.signal,
    act: async (why) => {
      const answer = await page.post("/v1/rollback", { revision: rev, why });
      sayDone(said, `Revision ${answer.revision} is in force.`, answer);
    },
  });
}

function rollbackButton(page, rev, said) {
  return button("Roll back", () => askRollback(page, rev, said), { "aria-label": `Roll back to revision ${rev}` });
}

function askConfirm(page, rev, said) {
  ask({
    title: `Confirm revision ${rev}?`,
    explanation: `Revision ${rev} stays in force; otherwise it is taken back by itself.`,
    action: `Confirm revision ${rev}`,
    signal: page.signal,
    act: async (why) => {
      const answer = await page.post("/v1/confirm", { why });
      sayDone(said, `Revision ${answer.revision} is confirmed.`, answer);
    },
  });
}

function makeTable(page, choice, said) {
  const columns = [
    { label: "Compare", make: (row) => choice.box(row.rev) },
    { label: "Revision", numeric: true, text: (row) => String(row.rev) },
    { label: "State", state: stateOf },
    { label: "When", text: (row) => moment(row.when) },
    { label: "Who", text: (row) => text(row.who) },
    { label: "Why", text: (row) => text(row.why) },
    { label: "Outcome", text: outcomeOf },
    { label: "File", text: (row) => text(row.file) },
  ];
  if (page.allows("rollback")) {
    columns.push({ label: "Way back", make: ({ rev }) => rollbackButton(page, rev, said), update: (made, row) => { made.disabled = row.in_force; } });
  }
  return new Table("Revisions", columns, (row) => row.rev, "No document was applied.");
}

function waiting(page, said) {
  const [words, node] = [element("span"), element("div", { class: "notice warn", hidden: true })];
  node.append(words);
  let waits = null;
  if (page.allows("rollback")) {
    node.append(" ", button("Confirm", () => askConfirm(page, waits.revision, said), { class: "primary" }));
  }
  return {
    node,
    show(pending) {
      waits = pending;
      node.hidden = !waits;
      words.textContent = waits ? `Revision ${waits.revision} is taken back at ${moment(waits.deadline)} unless it is confirmed.` : "";
    },
  };
}

export function openHistory(page) {
  const said = notice();
  const diff = diffPane(page);
  const table = makeTable(page, new Choice(diff.show), said);
  const confirmation = waiting(page, said);
  return {
    nodes: [said.node, confirmation.node, section("Revisions", table.node),
      section("Differences", element("p", { class: "hint" }, "One revision is compared with the one before it, two with each other."), diff.node)],
    async look(status) {
      confirmation.show(status.pending_confirmation);
      table.show((await page.get("/v1/history", { limit: SHOWN })).history);
    },
  };
}
