// What can be taken along: the table as CSV, as the command line writes it, and the picture as SVG.
const CSV_FIELDS = ["layer", "op", "kind", "block", "input", "output", "params", "buffers", "macs", "flops", "weights", "activations", "field"];

function csvText() {
  const written = (shape) => "(" + shape.map((size) => size ?? "?").join(", ") + (shape.length === 1 ? "," : "") + ")";
  const shapes = (list) => list.filter(Boolean).map(written).join("; ");
  const number = (key, nodes) => { const value = sum(key, nodes); return value === null ? "" : String(value); };
  const lines = table.all.filter((row) => !row.children.length).map(({ leaf, times, nodes }) => {
    const first = nodes[0], last = nodes.at(-1), node = DATA.nodes;
    return [
      times > 1 ? `${leaf} x${times}` : leaf, nodes.map((i) => node.op[i]).join("+"), node.kind[first], node.block[first],
      shapes(node.inputs[first].map((t) => (t < 0 ? null : now.tensors[t]))), shapes(now.nodes[last].outputs ?? []),
      ...["params", "buffers", "macs", "flops", "weight_bytes", "activation_bytes"].map((key) => number(key, nodes)),
      fieldText(now.nodes[last].field),
    ];
  });
  // A spreadsheet runs what starts with one of these; a layer's name may come from a stranger's file.
  const safe = (cell) => (/^[=+\-@\t\r]/.test(cell) ? "'" + cell : cell);
  const quoted = (cell) => (/[",\n\r]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
  return [CSV_FIELDS, ...lines].map((cells) => cells.map((cell) => quoted(safe(cell))).join(",") + "\n").join("");
}

function svgText() {
  const { w, h, name } = DATA.pictures[graph.picture], margin = 16;
  const copy = graph.svg.cloneNode(true);
  for (const attribute of ["tabindex", "aria-activedescendant", "aria-label", "role", "id"]) copy.removeAttribute(attribute);
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.setAttribute("viewBox", `${-margin} ${-margin} ${w + 2 * margin} ${h + 2 * margin}`);
  copy.setAttribute("width", w + 2 * margin);
  copy.setAttribute("height", h + 2 * margin);
  copy.querySelector("#view").removeAttribute("transform");
  for (const card of copy.querySelectorAll(".chosen, .beside")) card.classList.remove("chosen", "beside");
  const paper = make("rect", { x: -margin, y: -margin, width: w + 2 * margin, height: h + 2 * margin, fill: "#fff" });
  copy.prepend(make("title", {}, `${DATA.model}${graph.picture ? ", " + name : ""}`), paper);
  const style = document.createElementNS("http://www.w3.org/2000/svg", "style");
  style.textContent = at("picture-style").textContent.replace(/var\(--[\w-]+,(#\w+)\)/g, "$1"); // in the colors of paper
  copy.prepend(style);
  return new XMLSerializer().serializeToString(copy);
}

function save(name, type, text) {
  const address = URL.createObjectURL(new Blob([text], { type: type + ";charset=utf-8" }));
  const anchor = make("a", { href: address, download: name });
  document.body.append(anchor);
  anchor.click();
  anchor.remove();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}

const fileName = (suffix) => (DATA.model.replace(/[^\w.-]+/g, "_").slice(0, 60) || "network") + suffix;
