// What Python wrote in a short form: columns of texts, runs of nodes, lines that bend at right angles.
function unpacked(data) {
  const { nodes, tensors } = data;
  for (const name of ["name", "op", "kind", "label", "block", "place"]) nodes[name] = texts(nodes[name]);
  tensors.name = tensors.node.map((node, t) => (tensors.name && tensors.name[t]) || nodes.name[node]);
  tensors.dtype = texts(tensors.dtype);
  data.formulas = texts(data.formulas);
  const { cards } = data;
  for (const name of ["name", "op", "role"]) cards[name] = texts(cards[name]);
  let next = 0;
  data.pictures = data.pictures.map(([name, above, w, h, count, links]) => ({
    name, above, w, h, links: links.map(([source, target, tensor, bends]) => ({ source, target, tensor, points: corners(bends) })),
    cards: Array.from({ length: count }, () => {
      const card = Object.fromEntries(Object.keys(cards).map((key) => [key, cards[key][next]]));
      next += 1;
      const [x, y, width, height] = card.box;
      return { ...card, short: card.short || card.name, nodes: spread(card.nodes), x, y, w: width, h: height };
    }),
  }));
  return data;
}

function texts(column) {
  if (Array.isArray(column)) return column;
  if (column.t) return column.i.map((i) => column.t[i]);
  let before = "";
  return column.p.map((part) => (before = before.slice(0, parseInt(part[0], 36)) + part.slice(1)));
}

function spread(runs) {
  const out = [];
  for (let i = 0; i < runs.length; i += 2) for (let k = 0; k < runs[i + 1]; k++) out.push(runs[i] + k);
  return out;
}

function corners([x, y, ...steps]) {
  const points = [[x, y]];
  steps.forEach((step, i) => {
    if (i % 2) x += step;
    else y += step;
    if (step) points.push([x, y]);
  });
  return points;
}
