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
    make("h2", {}, named(name)), make("p", {}, operator + (times > 1 ? " ×" + times : "")));
}

function faultBox() {
  const [fault, ...others] = now.errors;
  const lines = String(fault.rule).split("\n").filter(Boolean);
  const near = MODEL.nearest(state.values).filter((values) => !same(values, state.values));
  const box = make("div", { class: "fault" },
    make("p", {}, fault.node >= 0 ? make("button", { type: "button", class: "link", onclick: () => chooseByName(fault.layer) }, fault.layer) : make("b", {}, "this size"), " does not fit"),
    make("p", {}, fault.message),
    ...(state.layer === fault.layer ? lines.map((line) => make("p", { class: "reason" }, line)) : []));
  const ways = nearSizes(near);
  if (ways.length) {
    box.append(make("div", { class: "nearest" }, make("span", {}, "nearest that fit"), ...ways.map((values) =>
      make("button", { type: "button", onclick: () => setAll(values) }, changed(values)))));
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
  const { nodes } = state, last = nodes.at(-1), { label, op, block, place, shares, flags } = columns(i);
  const origins = nodes.map((k) => DATA.origins.all[DATA.origins.of[k]] ?? { axes: [], weights: [] });
  const operators = nodes.map((k, n) => (n ? DATA.nodes.op[k] : label || op)).join(" + ");
  const buffers = sum("buffers", nodes);
  return [head(state.layer || DATA.nodes.name[i], operators, roleOf(nodes)), make("dl", {},
    ...entry("shape", through(nodes)),
    ...(flags & 1 ? [] : sizeRows(i, origins[0])),
    ...entry("parameters", shares >= 0 ? "those of " + DATA.nodes.name[shares] : flags & 1 ? "" : paramsLine(nodes, origins)),
    ...entry("buffers", buffers ? exact(buffers) + " stored, not trained" : ""),
    ...entry("MACs", flags & 1 ? "" : flags & 2 ? "0, not executed" : macsLine(i, nodes, origins[0])),
    ...entry("memory", memoryLine(nodes)),
    ...entry("field", fieldLine(now.nodes[last].field)),
    ...askedRows(nodes),
    ...(nodes.length > 1 ? [make("dt", {}, "holds"), make("dd", { class: "words" }, ...inside(nodes))] : []),
    ...entry("written in", place),
  )];
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

// The rule of sliding windows, in letters and with numbers put in. p stands on each side, E is what the taps span.
function sizeRows(i, { axes }) {
  const node = now.nodes[i], t = DATA.nodes.inputs[i][0] ?? -1, before = t >= 0 ? now.tensors[t] : null;
  const lines = [], rules = new Set();
  for (const [letter, old, axis, kernel, stride, first, second, dilation, mode, extra] of before ? axes : []) {
    const d = before[old], after = node.outputs?.[0][axis], numbers = [kernel, stride, first, second, dilation, extra];
    if (d == null || numbers.some((value) => typeof value !== "number")) continue;
    const reach = dilation * (kernel - 1) + 1, taps = dilation === 1 ? "N" : "E";
    const pads = first === second ? [" + 2p", ` + 2·${first}`] : [" + p + q", ` + ${first} + ${second}`];
    const written = ([size, pad, tap, step, add]) => ({
      floor: `floor((${size}${pad} − ${tap})/${step}) + 1`, ceil: `ceil((${size}${pad} − ${tap})/${step}) + 1`,
      same_upper: `ceil(${size}/${step})`, same_lower: `ceil(${size}/${step})`,
      transposed: `(${size} − 1)·${step} + ${tap}${pad.replaceAll("+", "−")}${add}`,
    })[mode];
    const span = Number(d) + first + second - reach;
    const value = { floor: Math.floor(span / stride) + 1, ceil: Math.ceil(span / stride) + 1,
      transposed: (Number(d) - 1) * stride + reach - first - second + extra }[mode] ?? Math.ceil(Number(d) / stride);
    if (after != null && String(value) !== String(after)) continue;
    const text = written([d, pads[1], reach, stride, extra ? " + " + extra : ""]) + " = " + value;
    rules.add(written(["d", pads[0], taps, "s", extra ? " + o" : ""]) + (taps === "E" ? `, E = ${dilation}·(N − 1) + 1` : ""));
    const like = lines.find((line) => line.text === text);
    if (like) like.letters.push(letter);
    else lines.push({ letters: [letter], text });
  }
  return lines.length ? [...entry("rule", make("span", { class: "rule" }, [...rules].join("; "))),
    ...lines.flatMap(({ letters, text }) => entry(letters.join(", "), text))] : [];
}

const times = (sizes) => sizes.map((size) => (typeof size === "string" && /[^\w]/.test(size) ? `(${size})` : size)).join("·");
const multiply = (sizes) => sizes.reduce((all, size) => all * BigInt(size), 1n);
const plainSizes = (sizes) => sizes.every((size) => typeof size === "number");

function paramsLine(nodes, origins) {
  const count = sum("params", nodes);
  if (count === null) return "–";
  const total = make("b", {}, exact(count));
  const trained = origins.flatMap(({ weights }) => weights.filter(([, trainable]) => trainable).map(([, , sizes]) => sizes));
  if (!trained.length || (trained.length === 1 && trained[0].length < 2) || !trained.every(plainSizes)) return total;
  if (trained.reduce((all, sizes) => all + multiply(sizes), 0n) !== count) return total;
  return [trained.map((sizes) => times(sizes) || "1").join(" + "), " = ", total];
}

// Multiply-adds: one weight's elements at every position, if that is what they are; else the formula.
function macsLine(i, nodes, { weights }) {
  const count = sum("macs", nodes), { macs, outputs } = now.nodes[i];
  if (count === null) return "–";
  const total = make("b", {}, exact(count)), large = count >= 1000000n ? " = " + countText(count) : "";
  const matrix = weights.find(([, trainable, sizes]) => trainable && sizes.length > 1 && plainSizes(sizes));
  const before = now.tensors[DATA.nodes.inputs[i][0]], after = outputs?.[0];
  for (const shape of count === macs && matrix && after && before ? [after, before] : []) {
    const positions = [shape[0], ...(matrix[2].length > 2 ? shape.slice(2) : shape.slice(1, -1))].filter((size, k) => k || size !== 1n);
    if (count > 0n && multiply(matrix[2]) * multiply(positions) === count) return [times([...matrix[2], ...positions.map(String)]), " = ", total, large];
  }
  const reference = DATA.nodes.macs[i];
  return count === macs && reference >= 0 ? [DATA.formulas[reference], " = ", total, large] : [total, large];
}

function memoryLine(nodes) {
  const value = sum("activation_bytes", nodes);
  if (value === null) return "–";
  return value === 0n ? "" : bytesText(value) + (value >= 1024n ? " = " + exact(value) + " bytes" : "");
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
    + " pixels, every " + once(field.stride) + ", from " + once(field.offset).replaceAll("-", "−");
}

// What the layer asks of the sizes.
function askedRows(nodes) {
  const names = nodes.map((i) => DATA.nodes.name[i]);
  const asked = DATA.conditions.filter(({ because }) => because.some((name) => names.includes(name)));
  return entry("needs", [...new Set(asked.map(({ text }) => text))].join(", "));
}

function inside(nodes) {
  return nodes.flatMap((i, n) => [n ? ", " : "", link(DATA.nodes.name[i], [i], DATA.nodes.op[i])]);
}

const link = (name, nodes, words = name) => make("button", { type: "button", class: "link", title: name, onclick: () => choose(name, nodes) }, words === name ? named(name) : words);

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
      ...entry("field", fieldLine(now.nodes[nodes.at(-1)].field)),
      ...askedRows(nodes),
    ),
    ...(card?.inside && card.inside !== graph.picture ? [make("p", { class: "more" }, make("button", { type: "button", onclick: () => openPicture(card.inside) }, "Look inside"))] : []),
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
