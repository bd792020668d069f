// SPDX-License-Identifier: GPL-2.0-or-later
// A table that is shown again and again. A row stays the same element as long as its key is there, so that
// what has the focus or is selected keeps it.

import { badge, element, setBadge, setText } from "./dom.js";

// column: { label, numeric, and one of
//   text(row):  what the cell says
//   state(row): the same, as a badge
//   make(row):  a node that is made once for the row; update(node, row) is called each time, where there is one }
export class Table {
  constructor(name, columns, keyOf, whenEmpty) {
    this.columns = columns;
    this.keyOf = keyOf;
    this.rows = new Map();
    this.body = element("tbody", { role: "rowgroup" });
    this.empty = element("p", { class: "empty", hidden: true }, whenEmpty);
    const labels = columns.map((column) => element("th", { scope: "col", role: "columnheader", class: classOf(column) }, column.label));
    // Roles are said because the style makes cards of rows, and such a table is none by itself.
    const head = element("thead", { role: "rowgroup" }, element("tr", { role: "row" }, ...labels));
    this.table = element("table", { role: "table", "aria-label": name }, head, this.body);
    this.node = element("div", { class: "table" }, this.table, this.empty);
  }

  show(rows) {
    const keys = this.#keysOf(rows);
    const wanted = new Set(keys);
    [...this.rows.keys()].filter((key) => !wanted.has(key)).forEach((key) => this.#remove(key));
    rows.forEach((row, place) => this.#place(this.#filled(keys[place], row), place));
    this.table.hidden = rows.length === 0;
    this.empty.hidden = rows.length !== 0;
  }

  #keysOf(rows) {
    const seen = new Map();
    return rows.map((row) => {
      const key = this.keyOf(row);
      const before = seen.get(key) ?? 0;
      seen.set(key, before + 1);
      return `${key} ${before}`;
    });
  }

  #remove(key) {
    this.rows.get(key).remove();
    this.rows.delete(key);
  }

  #place(line, place) {
    const there = this.body.children[place];
    if (there !== line) {
      this.body.insertBefore(line, there ?? null);
    }
  }

  #filled(key, row) {
    const line = this.rows.get(key) ?? this.#made(key, row);
    this.columns.forEach((column, place) => fill(line.children[place], column, row));
    return line;
  }

  #made(key, row) {
    const cells = this.columns.map((column) => element("td", { role: "cell", class: classOf(column), "data-label": column.label }, ...content(column, row)));
    const line = element("tr", { role: "row" }, ...cells);
    this.rows.set(key, line);
    return line;
  }
}

function classOf(column) {
  return column.numeric ? "numeric" : null;
}

function content(column, row) {
  if (column.make) {
    return [column.make(row)];
  }
  return column.state ? [badge(column.state(row))] : [];
}

function fill(cell, column, row) {
  if (column.text) {
    setText(cell, column.text(row));
  } else if (column.state) {
    setBadge(cell.firstChild, column.state(row));
  } else {
    column.update?.(cell.firstChild, row);
  }
}
