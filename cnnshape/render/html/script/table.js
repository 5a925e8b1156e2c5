// The table: one row for each card of the first picture, and inside of it one for each layer.
const table = { all: [], tops: [], body: null, open: new Set(), shown: [] };
const COLUMNS = [
  { name: "layer", title: "layer" },
  { name: "output", title: "output" },
  { name: "params", title: "parameters", write: exact, bar: true },
  { name: "macs", title: "MACs", write: countText, bar: true },
  { name: "activation_bytes", title: "activations", write: bytesText, wide: true },
  { name: "field", title: "field", wide: true },
];

function buildTable() {
  const grow = ([name, times, nodes, children], above) => {
    const row = { name: name || DATA.nodes.name[nodes[0]], times, nodes: spread(nodes), above, children: [], at: table.all.length };
    row.leaf = children === undefined || Array.isArray(children) ? row.name : children || DATA.nodes.name[nodes[0]];
    table.all.push(row);
    row.children = (Array.isArray(children) ? children : []).map((child) => grow(child, row));
    const prefix = common(row.children.map((child) => child.name));
    for (const child of row.children) child.short = child.name.slice(prefix);
    return row;
  };
  table.tops = DATA.rows.map((row) => grow(row, null));
  table.body = make("tbody", {});
  table.heads = COLUMNS.map(({ name, title, wide }) => make("th", { scope: "col", class: wide && "wide", "aria-sort": "none" },
    make("button", { type: "button", title: "Sort by " + title, onclick: () => sortBy(name) }, title)));
  at("table").replaceChildren(make("thead", {}, make("tr", {}, table.heads)), table.body);
  table.body.addEventListener("click", (event) => {
    const row = table.shown.find(({ line }) => line === event.target.closest("tr"))?.row;
    if (!row) return;
    if (event.target.closest(".twist")) toggle(row);
    else choose(row.name, row.nodes, { focus: true });
  });
  table.body.addEventListener("dblclick", (event) => {
    const row = table.shown.find(({ line }) => line === event.target.closest("tr"))?.row;
    if (row?.children.length) toggle(row);
  });
}

// How many letters several names begin with alike, up to a dot.
function common(names) {
  let length = names.length > 1 ? names[0].lastIndexOf(".") + 1 : 0;
  while (length && !names.every((name) => name.startsWith(names[0].slice(0, length)))) {
    length = names[0].lastIndexOf(".", length - 2) + 1;
  }
  return length;
}

function toggle(row, open = !table.open.has(row)) {
  if (open) table.open.add(row);
  else table.open.delete(row);
  fillTable();
}

function sortBy(name) {
  if (state.sort !== name) [state.sort, state.down] = [name, name !== "layer"];
  else if (state.down === (name !== "layer")) state.down = !state.down;
  else state.sort = "";
  fillTable();
}

function valueOf(row, name) {
  if (name === "output") return now.nodes[row.nodes.at(-1)].outputs?.[0]?.reduce((all, size) => all * (size ?? 0n), 1n) ?? null;
  if (name === "field") {
    const field = now.nodes[row.nodes.at(-1)].field;
    return !field ? null : field.status === "whole input" ? 10n ** 99n : field.size.includes(null) ? null : field.size.reduce((all, size) => all * BigInt(Math.ceil(Number(fraction(size)))), 1n);
  }
  return sum(name, row.nodes);
}

function fraction(size) {
  const [a, b] = String(size).split("/");
  return b ? Number(a) / Number(b) : Number(a);
}

function ordered(rows) {
  if (!state.sort) return rows;
  const way = state.down ? -1 : 1;
  if (state.sort === "layer") return [...rows].sort((a, b) => way * (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  const values = new Map(rows.map((row) => [row, valueOf(row, state.sort)]));
  return [...rows].sort((a, b) => {
    const [u, v] = [values.get(a), values.get(b)];
    if (u === null || v === null) return (u === null) - (v === null) || a.at - b.at;
    return u === v ? a.at - b.at : way * (u < v ? -1 : 1);
  });
}

function fillTable() {
  const wanted = ordered(table.tops).flatMap((row) => [row, ...(table.open.has(row) ? ordered(row.children) : [])]);
  const most = {};
  for (const { name, bar } of COLUMNS) {
    if (bar) most[name] = wanted.reduce((all, row) => { const value = row.children.length && table.open.has(row) ? 0n : valueOf(row, name) ?? 0n; return value > all ? value : all; }, 1n);
  }
  const known = new Map(table.shown.map((shown) => [shown.row, shown]));
  table.shown = wanted.map((row) => known.get(row) ?? { row, ...newLine(row) });
  const lines = table.shown.map(({ line }) => line);
  if (lines.length !== table.body.children.length || lines.some((line, i) => table.body.children[i] !== line)) table.body.replaceChildren(...lines);
  for (const shown of table.shown) fillLine(shown, most);
  table.heads.forEach((head, i) => head.setAttribute("aria-sort", COLUMNS[i].name !== state.sort ? "none" : state.down ? "descending" : "ascending"));
  markTable(false);
}

function newLine(row) {
  const cells = COLUMNS.map(({ name, bar, wide }) => make("td", { class: [wide && "wide", name === "output" && "shape"].filter(Boolean).join(" ") || null }, bar ? make("i") : [], make("span")));
  const title = make("div", {}, named(row.short ?? row.name, row.name), row.times > 1 ? make("span", { class: "times" }, "×" + row.times) : [],
    held(row.nodes) ? make("span", { class: "times", title: "no output needs it" }, "held") : []);
  cells[0].lastElementChild.replaceWith(title);
  let twist = null;
  if (row.children.length) {
    twist = make("button", { type: "button", class: "twist", tabindex: -1 });
    title.prepend(twist);
  }
  return { line: make("tr", { class: [row.above && "inner", held(row.nodes) && "held"].filter(Boolean).join(" ") || null, tabindex: -1 }, cells), cells, twist };
}

function fillLine({ row, line, cells, twist }, most) {
  const last = row.nodes.at(-1), open = table.open.has(row);
  if (twist) {
    put(twist, open ? "▼" : "▶");
    twist.setAttribute("aria-label", (open ? "Close " : "Open ") + row.name);
    twist.setAttribute("aria-expanded", open);
  }
  line.classList.toggle("broken", Boolean(faultIn(row.nodes)));
  COLUMNS.forEach(({ name, write, bar }, i) => {
    if (name === "layer") return;
    const cell = cells[i];
    const value = name === "output" ? nodeShape(last) : name === "field" ? (now.nodes[last].outputs ? fieldText(now.nodes[last].field) : null) : valueOf(row, name);
    const text = value === null ? "–" : write ? (value === 0n ? "0" : write(value)) : value;
    put(cell.lastElementChild, name === "activation_bytes" && value === 0n && !held(row.nodes) ? "view" : text);
    cell.classList.toggle("unknown", value === null);
    cell.classList.toggle("zero", value === 0n);
    if (write) cell.title = value ? exact(value) : "";
    if (bar) {
      const part = value && !(open && row.children.length) ? Number((value * 1000n) / most[name]) / 1000 : 0;
      cell.firstElementChild.style.width = part ? `calc((100% - 8px) * ${Math.max(part, 0.004)})` : "0";
    }
  });
}

// The row of what is chosen, or of what it is a part of.
function markTable(focus) {
  const { nodes, layer } = state;
  const within = (row) => nodes.length && nodes.every((node) => row.nodes.includes(node));
  const exactly = (row) => same(row.nodes, nodes);
  let row = table.all.find((each) => each.name === layer && exactly(each)) ?? table.all.find(exactly);
  row ??= table.all.filter(within).at(-1);
  if (row?.above && !table.open.has(row.above) && focus) { toggle(row.above, true); return markTable(focus); }
  if (row?.above && !table.open.has(row.above)) row = row.above;
  let found = null;
  for (const shown of table.shown) {
    const chosen = shown.row === row;
    shown.line.setAttribute("aria-selected", String(chosen));
    shown.line.tabIndex = -1;
    if (chosen) found = shown;
  }
  (found ?? table.shown[0])?.line.setAttribute("tabindex", "0");
  if (found && focus) showLine(found.line);
  return found;
}

// Scrolls the list, never the page.
function showLine(line) {
  const list = at("list");
  if (list.scrollHeight <= list.clientHeight) return;
  const top = line.offsetTop - 34, bottom = line.offsetTop + line.offsetHeight + 8;
  if (top < list.scrollTop) list.scrollTop = top;
  else if (bottom > list.scrollTop + list.clientHeight) list.scrollTop = bottom - list.clientHeight;
}

function walkTable(way) {
  const here = table.shown.findIndex(({ line }) => line.getAttribute("aria-selected") === "true");
  const next = table.shown[Math.max(0, Math.min(table.shown.length - 1, here + way))];
  if (!next) return;
  choose(next.row.name, next.row.nodes);
  table.shown.find(({ row }) => row === next.row)?.line.focus();
}
