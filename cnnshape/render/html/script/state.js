// What the reader chose, and what follows from it. `now` holds every number at these sizes.
const DATA = unpacked(JSON.parse(at("data").textContent));
const MODEL = liveModel(DATA);
const SYMBOLS = DATA.symbols;
const SPACE = SYMBOLS.map((symbol, i) => (symbol.role === "space" ? i : -1)).filter((i) => i >= 0);
const BATCH = SYMBOLS.findIndex((symbol) => symbol.role === "batch");
const state = { values: [], dtype: DATA.dtype, layer: "", nodes: [], lock: false, theme: "auto", sort: "", down: true, size: 0 };
let now = null;

// The sum of a count over nodes; null where one is unknown.
function sum(key, nodes) {
  let total = 0n;
  for (const i of nodes) {
    const value = now.nodes[i][key];
    if (value === null) return null;
    total += value;
  }
  return total;
}

// A shape without its batch of one: 64×112×112.
function shapeText(shape, tensor) {
  const first = DATA.tensors.shape[tensor]?.[0] ?? -1;
  const batch = BATCH >= 0 && first >= 0 && DATA.formulas[first] === SYMBOLS[BATCH].name;
  const sizes = batch && shape.length > 1 && state.values[BATCH] === 1n ? shape.slice(1) : shape;
  return sizes.map((size) => (size === null ? "?" : String(size))).join("×") || "1";
}

function nodeShape(i) {
  const { outputs } = now.nodes[i];
  return outputs && outputs.map((shape, port) => shapeText(shape, DATA.nodes.outputs[i][port])).join(", ");
}

function tensorShape(t) {
  const shape = t < 0 ? null : now.tensors[t];
  return shape && shapeText(shape, t);
}

const cardShape = (card) => (card.tensor >= 0 ? tensorShape(card.tensor) : card.nodes.length ? nodeShape(card.nodes.at(-1)) : null);
const faultIn = (nodes) => now.errors.find((error) => nodes.includes(error.node));

// True for nodes that no output needs.
const held = (nodes) => nodes.length > 0 && nodes.every((i) => DATA.nodes.flags[i] & 2);

// True if the tensor of a wire is one that the broken layer of a card does not take as it is.
function refused(wire, card) {
  const fault = faultIn(card.nodes);
  return !fault || wire.tensor < 0 || DATA.nodes.inputs[fault.node].includes(wire.tensor);
}

// Sizes.
function setSize(i, value) {
  if (value < 1n) value = 1n;
  const together = state.lock && SPACE.includes(i) ? SPACE : [i];
  for (const k of together) state.values[k] = value;
  state.size = i;
  update();
}

function setAll(values) {
  state.values = values.map(BigInt);
  if (SPACE.some((i) => state.values[i] !== state.values[SPACE[0]])) state.lock = false;
  update();
}

const withSize = (i, value) => state.values.map((old, k) => (k === i || (state.lock && SPACE.includes(i) && SPACE.includes(k)) ? value : old));

function stepSize(way, fitting) {
  const i = state.size;
  let value = state.values[i] + BigInt(way);
  if (fitting) {
    let steps = 4096;
    while (value >= 1n && steps-- > 0 && MODEL.fits(withSize(i, value)) === false) value += BigInt(way);
    if (steps <= 0) return;
  }
  if (value >= 1n) setSize(i, value);
}

// A layer, a block or an end of the network.
function choose(name, nodes, { focus = true } = {}) {
  state.layer = name;
  state.nodes = nodes;
  const card = markGraph();
  if (card && focus) reveal(card);
  markTable(focus);
  fillDetail();
  writeHash();
}

function chooseByName(name) {
  const card = graph.cards.find((each) => each.name === name)
    ?? DATA.pictures.flatMap((picture) => picture.cards).find((each) => each.name === name);
  const row = table.all.find((each) => each.name === name);
  const node = DATA.nodes.name.indexOf(name);
  if (card) choose(name, card.nodes);
  else if (row) choose(name, row.nodes);
  else if (node >= 0) choose(name, [node]);
  else choose("", []);
}

// Everything that depends on a size, once.
function update() {
  now = MODEL.compute(state.values, state.dtype);
  fillHeader();
  fillControls();
  fillGraph();
  fillTable();
  fillDetail();
  markGraph();
  writeHash();
}

// The address holds what was chosen. Browsers slow down who writes it at every step; one that the reader has just
// entered is left alone until the browser tells of it.
let written = 0;
let known = "";
function writeHash() {
  clearTimeout(written);
  written = setTimeout(() => {
    const words = SYMBOLS.map((symbol, i) => [symbol.name, state.values[i]]);
    if (state.dtype !== DATA.dtype) words.push(["dtype", state.dtype]);
    if (state.theme !== "auto") words.push(["theme", state.theme]);
    if (state.layer) words.push(["layer", state.layer]);
    const hash = "#" + words.map(([name, value]) => encodeURIComponent(name) + "=" + encodeURIComponent(value)).join("&");
    if (location.hash !== known) return;
    try { history.replaceState(null, "", hash); } catch { /* a page inside of another has no address */ }
    known = location.hash;
  }, 150);
}

function readHash() {
  known = location.hash;
  const words = new Map(known.slice(1).split("&").filter(Boolean).map((word) => {
    const [name, ...value] = word.split("=");
    try { return [decodeURIComponent(name), decodeURIComponent(value.join("="))]; } catch { return ["", ""]; }
  }));
  state.values = SYMBOLS.map(({ name, start }) => (/^[1-9]\d{0,99}$/.test(words.get(name)) ? BigInt(words.get(name)) : BigInt(start)));
  state.dtype = DATA.dtypes.some(([name]) => name === words.get("dtype")) ? words.get("dtype") : DATA.dtype;
  state.theme = ["light", "dark"].includes(words.get("theme")) ? words.get("theme") : "auto";
  state.lock = SPACE.length > 1 && SPACE.every((i) => state.values[i] === state.values[SPACE[0]]);
  state.size = SPACE[0] ?? 0;
  document.documentElement.dataset.theme = state.theme;
  return words.get("layer") ?? "";
}
