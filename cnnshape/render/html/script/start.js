// The page begins: what Python wrote is taken over, at the sizes of the address.
function start() {
  const layer = readHash();
  graph.svg = at("stage").querySelector("svg");
  graph.svg.removeAttribute("viewBox");
  for (const [name, value] of [["tabindex", 0], ["role", "listbox"], ["id", "picture"]]) graph.svg.setAttribute(name, value);
  buildControls();
  buildTable();
  openPicture(0);
  watchPointers();
  watchCards();
  watchKeys();
  update();
  if (layer) chooseByName(layer);
  addEventListener("hashchange", () => { const name = readHash(); update(); chooseByName(name); });
  measureCurve();
  addEventListener("resize", measureCurve);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawCurve);
  // Paper shows all of it: every row, and the whole picture.
  let before = null;
  addEventListener("beforeprint", () => {
    const { w, h } = DATA.pictures[graph.picture];
    before = { view: { ...graph.view }, open: new Set(table.open) };
    graph.svg.setAttribute("viewBox", `-8 -8 ${w + 16} ${h + 16}`);
    graph.layer.removeAttribute("transform");
    for (const row of table.tops) if (row.children.length) table.open.add(row);
    fillTable();
  });
  addEventListener("afterprint", () => {
    if (!before) return;
    graph.svg.removeAttribute("viewBox");
    [graph.view, table.open] = [before.view, before.open];
    placeView();
    fillTable();
  });
}
start();
