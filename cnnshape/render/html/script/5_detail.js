// The chosen layer: what enters and leaves, and how its numbers come about. What is shown has been worked out twice:
// a rule with numbers put in stands only where it gives what the model gives.
function fillDetail() {
  const parts = [];
  if (now.errors.length) parts.push(faultBox());
  if (state.nodes.length) parts.push(...(state.nodes.length === 1 || oneLayer() ? layerDetail(lead()) : blockDetail()));
  else parts.push(...overview());
  at("detail").replaceChildren(...parts);
}

const oneLayer = () => table.all.some((row) => !row.children.length && same(row.nodes, state.nodes));
const same = (a, b) => a.length === b.length && a.every((value, i) => value === b[i]);

// The node of a folded row that its rules are about: the first.
const lead = () => state.nodes[0];

function entry(term, ...values) {
  return values.length && values.some((value) => value != null && value !== "") ? [make("dt", {}, term), make("dd", {}, ...values)] : [];
}

function head(name, operator, role, times = 1) {
  return make("header", {},
    make("svg", { class: "swatch " + role, viewBox: "0 0 10 10", "aria-hidden": true }, make("rect", { width: 10, height: 10, rx: 2 })),
    make("h2", { title: name }, name), make("p", {}, operator + (times > 1 ? " ×" + times : "")));
}

function faultBox() {
  const [fault, ...others] = now.errors;
  const lines = String(fault.rule).split("\n").filter(Boolean);
  const near = MODEL.nearest(state.values).filter((values) => !same(values, state.values));
  const box = make("div", { class: "fault" },
    make("p", {}, make("strong", {}, fault.layer || "this size"), " does not fit"),
    make("p", {}, fault.message),
    ...(state.layer === fault.layer ? lines.map((line) => make("p", { class: "mono" }, line)) : []));
  const ways = nearSizes(near);
  if (ways.length) {
    box.append(make("div", { class: "nearest" }, make("span", {}, "nearest that fit"), ...ways.map((values) =>
      make("button", { type: "button", onclick: () => setAll(values) }, changed(values)))));
  }
  if (state.layer !== fault.layer && fault.node >= 0) {
    box.append(make("div", { class: "nearest" }, make("button", { type: "button", onclick: () => chooseByName(fault.layer) }, "show it")));
  }
  if (others.length) box.append(make("p", {}, "and " + others.length + " more: " + others.slice(0, 3).map(({ layer }) => layer).join(", ") + (others.length > 3 ? " …" : "")));
  return box;
}

// The nearest sizes; with height and width kept equal, those that are equal.
function nearSizes(near) {
  if (!state.lock) return near;
  const here = state.values[SPACE[0]], found = [];
  for (const way of [-1n, 1n]) {
    for (let value = here + way, left = 4096; value >= 1n && left > 0; value += way, left--) {
      const values = withSize(SPACE[0], value);
      if (MODEL.fits(values) === false) continue;
      found.push(values);
      break;
    }
  }
  return found.length ? found : near;
}

function changed(values) {
  const groups = new Map();
  values.forEach((value, i) => {
    if (value !== state.values[i]) groups.set(String(value), [...(groups.get(String(value)) ?? []), SYMBOLS[i].name]);
  });
  return [...groups].map(([value, names]) => names.join(" = ") + " = " + value).join(", ");
}

function layerDetail(i) {
  const last = state.nodes.at(-1), { label, op, block, place, shares } = columns(i);
  const node = now.nodes[i], rule = DATA.origins.all[DATA.origins.of[i]] ?? { axes: [], weights: [] };
  const operators = state.nodes.map((k, n) => (n ? DATA.nodes.op[k] : label || op)).join(" + ");
  const flags = DATA.nodes.flags[i];
  const rows = [];
  rows.push(...entry("shape", through(state.nodes)));
  if (!(flags & 1)) rows.push(...sizeRows(i, rule));
  rows.push(...entry("parameters", shares >= 0 ? "those of " + DATA.nodes.name[shares] : paramsLine(node, rule)));
  if (node.buffers) rows.push(...entry("buffers", exact(node.buffers) + " stored, not trained"));
  rows.push(...entry("MACs", flags & 2 ? "0, not executed" : macsLine(i, node, rule)));
  rows.push(...entry("memory", memoryLine(last)));
  rows.push(...entry("sees", fieldLine(now.nodes[last].field)));
  rows.push(...checkRows(i));
  if (state.nodes.length > 1) rows.push(make("dt", {}, "with"), make("dd", { class: "words" }, ...inside(state.nodes.slice(1))));
  if (place) rows.push(...entry("written in", place));
  if (block) rows.push(...entry("block", block));
  return [head(state.layer || DATA.nodes.name[i], operators, roleOf(state.nodes)), make("dl", {}, ...rows)];
}

const columns = (i) => Object.fromEntries(Object.entries(DATA.nodes).map(([name, values]) => [name, values[i]]));

function roleOf(nodes) {
  for (const picture of DATA.pictures) {
    const card = picture.cards.find((each) => each.nodes.length && nodes.every((node) => each.nodes.includes(node)));
    if (card && (card.nodes.length === nodes.length || !card.inside)) return card.role;
  }
  return "other";
}

function through(nodes) {
  const outside = DATA.nodes.inputs[nodes[0]].map((t) => tensorShape(t) ?? "–");
  const after = nodeShape(nodes.at(-1)) ?? "–";
  return outside.length ? [outside.slice(0, 4).join(", ") + (outside.length > 4 ? " …" : ""), " → ", make("b", {}, after)] : make("b", {}, after);
}

// The rule of sliding windows, in letters and with numbers put in.
const RULES = {
  floor: "floor((d + p − E)/s) + 1", ceil: "ceil((d + p − E)/s) + 1", same_upper: "ceil(d/s)", same_lower: "ceil(d/s)",
  transposed: "(d − 1)·s − p + E",
};

function sizeRows(i, { axes }) {
  const node = now.nodes[i], t = DATA.nodes.inputs[i][0] ?? -1, before = t >= 0 ? now.tensors[t] : null;
  if (!axes.length || !before) return [];
  const lines = [], modes = new Set();
  for (const [letter, old, axis, k, s, pl, pr, dilation, mode, extra] of axes) {
    const d = before[old], after = node.outputs?.[0][axis];
    if (d == null || [k, s, pl, pr, dilation, extra].some((value) => typeof value !== "number")) continue;
    const found = windowed(Number(d), k, s, pl, pr, dilation, mode, extra);
    if (!found || (after != null && String(found.value) !== String(after))) continue;
    const line = found.text + " = " + found.value;
    if (lines.length && lines[0].tail === found.text.replaceAll(String(d), "d") && lines[0].d === String(d)) lines[0].letters.push(letter);
    else lines.push({ letters: [letter], text: line, tail: found.text.replaceAll(String(d), "d"), d: String(d) });
    modes.add(mode);
  }
  if (!lines.length) return [];
  const dilated = axes.some(([, , , , , , , dilation]) => dilation !== 1);
  return [
    ...entry("rule", make("span", { class: "rule" }, [...modes].map((mode) => RULES[mode]).join(";  ") + (dilated ? ",  E = d·(k − 1) + 1" : ""))),
    ...lines.flatMap(({ letters, text }) => entry(letters.join(", "), text)),
  ];
}

function windowed(d, k, s, pl, pr, dilation, mode, extra) {
  const reach = dilation * (k - 1) + 1, pads = pl === pr ? (pl ? ` + 2·${pl}` : "") : ` + ${pl} + ${pr}`;
  if (mode === "floor") return { text: `floor((${d}${pads} − ${reach})/${s}) + 1`, value: Math.floor((d + pl + pr - reach) / s) + 1 };
  if (mode === "ceil") return { text: `ceil((${d}${pads} − ${reach})/${s}) + 1`, value: Math.ceil((d + pl + pr - reach) / s) + 1 };
  if (mode.startsWith("same")) return { text: `ceil(${d}/${s})`, value: Math.ceil(d / s) };
  const crop = pl + pr - extra;
  return { text: `(${d} − 1)·${s}${crop > 0 ? " − " + crop : crop < 0 ? " + " + -crop : ""} + ${reach}`, value: (d - 1) * s - crop + reach };
}

const times = (sizes) => sizes.map((size) => (typeof size === "string" && /[^\w]/.test(size) ? `(${size})` : size)).join("·");
const multiply = (sizes) => sizes.reduce((all, size) => all * BigInt(size), 1n);
const plainSizes = (sizes) => sizes.every((size) => typeof size === "number");

function paramsLine(node, { weights }) {
  if (node.params === null) return "–";
  const trained = weights.filter(([, trainable]) => trainable);
  const total = make("b", {}, exact(node.params));
  if (!trained.length || !trained.some(([, , sizes]) => sizes.length > 1 || trained.length > 1)) return total;
  const known = trained.every(([, , sizes]) => plainSizes(sizes));
  if (known && trained.reduce((all, [, , sizes]) => all + multiply(sizes), 0n) !== node.params) return total;
  return [trained.map(([, , sizes]) => times(sizes) || "1").join(" + "), " = ", total];
}

// Multiply-adds: one weight's elements at every position, if that is what they are; else the formula.
function macsLine(i, node, { weights }) {
  if (node.macs === null) return "–";
  const total = make("b", {}, exact(node.macs)), reference = DATA.nodes.macs[i];
  const large = node.macs >= 1000000n ? " = " + countText(node.macs) : "";
  if (node.macs === 0n) return total;
  const matrix = weights.find(([, trainable, sizes]) => trainable && sizes.length > 1 && plainSizes(sizes));
  const before = now.tensors[DATA.nodes.inputs[i][0]], after = node.outputs?.[0];
  for (const shape of matrix && after && before ? [after, before] : []) {
    const positions = [...shape.slice(0, 1), ...(matrix[2].length > 2 ? shape.slice(2) : shape.slice(1, -1))].filter((size, k) => k || size !== 1n);
    if (multiply(matrix[2]) * multiply(positions) === node.macs) {
      return [times([...matrix[2], ...positions.map(String)]), " = ", total, large];
    }
  }
  return reference >= 0 ? [DATA.formulas[reference], " = ", total, large] : [total, large];
}

function memoryLine(i) {
  const value = now.nodes[i].activation_bytes, flags = DATA.nodes.flags[i];
  if (value === null) return "–";
  if (!(flags & 16)) return "";
  return bytesText(value) + (value >= 1024n ? " = " + exact(value) + " bytes" : "");
}

function fieldText(field) {
  if (!field) return "";
  if (field.status === "whole input") return "all";
  if (field.status === "unknown" || field.size.includes(null)) return field.status === "unknown" ? "?" : "";
  const sizes = field.size.map(String);
  const shown = new Set(sizes).size === 1 ? sizes[0] : sizes.join("x");
  return field.status === "upper bound" ? "<=" + shown : shown;
}

function fieldLine(field) {
  const text = fieldText(field);
  if (!text || text === "?") return "";
  if (text === "all") return "the whole input";
  const once = (values) => (new Set(values.map(String)).size === 1 ? String(values[0]) : values.join(" × "));
  const wide = once(field.size);
  return (field.status === "upper bound" ? "at most " : "") + (field.size.length > 1 && !wide.includes("×") ? `${wide} × ${wide}` : wide)
    + " pixels, every " + once(field.stride) + ", from " + once(field.offset);
}

// What the layer asks of the sizes, with the numbers put in.
function checkRows(i) {
  const out = [];
  DATA.checks.node.forEach((node, k) => {
    if (node !== i || out.length > 5) return;
    const { left, right, op } = Object.fromEntries(Object.entries(DATA.checks).map(([name, values]) => [name, values[k]]));
    const words = (reference) => (reference >= 0 ? DATA.formulas[reference] : reference === -1 ? null : String(DATA.numbers[-2 - reference]));
    const [a, b] = [words(left), words(right)], holds = now.checks[k];
    if (a === null || b === null) return;
    const [u, v] = [MODEL.size(left, now), MODEL.size(right, now)];
    const sign = op === "==" ? (holds === false ? "≠" : "=") : holds === false ? "<" : "≥";
    out.push(`${a} ${op === "==" ? "=" : "≥"} ${b}` + (u === null || v === null ? "" : `:  ${u} ${sign} ${v}`));
  });
  return [...new Set(out)].flatMap((line, n) => entry(n ? "" : "needs", line));
}

function inside(nodes) {
  return nodes.flatMap((i, n) => [n ? ", " : "", link(DATA.nodes.name[i], [i], DATA.nodes.label[i] || DATA.nodes.op[i])]);
}

const link = (name, nodes, words = name) => make("button", { type: "button", class: "link", title: name, onclick: () => choose(name, nodes) }, words);

function blockDetail() {
  const { nodes } = state, card = DATA.pictures.flatMap((picture) => picture.cards).find((each) => each.name === state.layer && same(each.nodes, nodes));
  const number = (key, write) => { const value = sum(key, nodes); return value === null ? "–" : value === 0n ? "" : write(value); };
  const share = (key) => { const value = sum(key, nodes), all = now.totals[key]; return value && all ? " = " + share1000(value, all) + " % of all" : ""; };
  return [
    head(state.layer, card ? card.op : nodes.length + " layers", card ? card.role : roleOf(nodes), card?.times),
    make("dl", {},
      ...entry("shape", through(nodes)),
      ...entry("layers", String(nodes.length) + (card?.times > 1 ? `, ${nodes.length / card.times} in each of ${card.times}` : "")),
      ...entry("parameters", number("params", exact) && [make("b", {}, number("params", exact)), share("params")]),
      ...entry("buffers", number("buffers", exact)),
      ...entry("MACs", number("macs", exact) && [make("b", {}, number("macs", exact)), share("macs")]),
      ...entry("memory", number("activation_bytes", bytesText)),
      ...entry("sees", fieldLine(now.nodes[nodes.at(-1)].field)),
    ),
    ...(card?.inside ? [make("p", { class: "more" }, make("button", { type: "button", onclick: () => openPicture(card.inside) }, "Look inside"))] : []),
  ];
}

// Permille with one decimal as the table writes shares: rounded half up.
function share1000(part, whole) {
  const tenths = (2000n * part + whole) / (2n * whole);
  return part && !tenths ? "<0.1" : `${tenths / 10n}.${tenths % 10n}`;
}

// With nothing chosen: where the work and the weights are.
function overview() {
  const rows = table.all.filter((row) => !row.children.length);
  const top = (key) => rows.map((row) => [row, sum(key, row.nodes) ?? 0n]).filter(([, value]) => value > 0n)
    .sort(([, a], [, b]) => (a < b ? 1 : a > b ? -1 : 0)).slice(0, 4);
  const lines = (title, key, write) => {
    const found = top(key), all = now.totals[key];
    if (!found.length) return [];
    return [make("h3", {}, title), make("ol", { class: "top" }, ...found.map(([row, value]) => make("li", {},
      link(row.name, row.nodes), make("span", {}, write(value)), make("span", { class: "rule" }, share1000(value, all) + " %"))))];
  };
  return [make("div", { class: "overview" },
    make("section", {}, ...lines("Most multiply-adds", "macs", countText)),
    make("section", {}, ...lines("Most parameters", "params", countText))),
  make("p", { class: "hint" }, "Choose a layer in the graph or the table to see how its numbers come about.")];
}
