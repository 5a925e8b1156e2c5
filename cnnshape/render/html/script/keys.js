// Keys, the search, and the buttons at the top.
function find() {
  const word = at("find").value.trim().toLowerCase();
  const hits = word ? table.all.filter((row) => !row.children.length && matches(row, word)) : [];
  put(at("found"), word ? (hits.length ? hits.length + (hits.length === 1 ? " layer" : " layers") : "no layer has this name") : "");
  return hits;
}

const matches = (row, word) => row.name.toLowerCase().includes(word)
  || row.nodes.some((i) => DATA.nodes.name[i].toLowerCase().includes(word) || DATA.nodes.label[i].toLowerCase().includes(word) || DATA.nodes.op[i].toLowerCase() === word);

let hit = 0;
function showHit(way) {
  const hits = find();
  if (!hits.length) return;
  hit = (hit + way + hits.length) % hits.length;
  put(at("found"), `${hit + 1} of ${hits.length}`);
  choose(hits[hit].name, hits[hit].nodes);
}

function turnTheme() {
  const dark = state.theme === "auto" ? matchMedia("(prefers-color-scheme: dark)").matches : state.theme === "dark";
  state.theme = dark ? "light" : "dark";
  document.documentElement.dataset.theme = state.theme;
  writeHash();
  drawCurve();
}

function reset() {
  const { theme } = state;
  Object.assign(state, { layer: "", nodes: [], sort: "", down: true, dtype: DATA.dtype, values: SYMBOLS.map(({ start }) => BigInt(start)) });
  state.lock = SPACE.length > 1 && SPACE.every((i) => state.values[i] === state.values[SPACE[0]]);
  state.theme = theme;
  table.open.clear();
  at("find").value = "";
  find();
  openPicture(0);
  update();
}

const KEYS = {
  "/": () => at("find").focus(),
  "[": () => stepSize(-1), "]": () => stepSize(1), "{": () => stepSize(-1, true), "}": () => stepSize(1, true),
  "+": () => zoomBy(1.25), "=": () => zoomBy(1.25), "-": () => zoomBy(0.8), "0": fitView,
  "d": turnTheme, "?": () => at("help").showModal(),
  "Enter": () => { if (graph.chosen?.inside) openPicture(graph.chosen.inside); },
  "Escape": () => { const { above } = DATA.pictures[graph.picture]; if (above >= 0) openPicture(above); else choose("", []); },
};
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

function watchKeys() {
  document.addEventListener("keydown", (event) => {
    const { key, target } = event;
    if (event.ctrlKey || event.metaKey || event.altKey || at("help").open) return;
    const typing = target.matches("input[type=search], input[type=number], select");
    const sliding = target.matches("input[type=range], input[type=checkbox]");
    if (key === "Escape" && typing) return target.blur();
    if (typing && !(target.type === "number" && "[]{}/?d".includes(key))) return;
    if (ARROWS[key]) {
      if (sliding) return;
      event.preventDefault();
      if (target.closest("#list")) return walkTable(ARROWS[key][0] + ARROWS[key][1]);
      const card = walk(...ARROWS[key]);
      if (card) choose(card.name, card.nodes);
      return;
    }
    if (key === "Enter" && target.closest("button, summary, a")) return;
    if (key === "Enter" && target.closest("#list tbody")) {
      const shown = table.shown.find(({ line }) => line === target.closest("tr"));
      if (shown?.row.children.length) { event.preventDefault(); toggle(shown.row); shown.line.focus(); return; }
    }
    const act = KEYS[key];
    if (!act) return;
    event.preventDefault();
    act();
  });
  at("find").addEventListener("input", () => { hit = 0; if (find().length) showHit(0); });
  at("find").addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    showHit(event.shiftKey ? -1 : 1);
  });
  at("save-svg").addEventListener("click", () => save(fileName(".svg"), "image/svg+xml", svgText()));
  at("save-csv").addEventListener("click", () => save(fileName(".csv"), "text/csv", csvText()));
  at("reset").addEventListener("click", reset);
  at("theme").addEventListener("click", turnTheme);
  at("help-open").addEventListener("click", () => at("help").showModal());
  at("zoom-in").addEventListener("click", () => zoomBy(1.25));
  at("zoom-out").addEventListener("click", () => zoomBy(0.8));
  at("zoom-fit").addEventListener("click", fitView);
  at("status").addEventListener("click", () => { if (now.errors.length) chooseByName(now.errors[0].layer); });
}
