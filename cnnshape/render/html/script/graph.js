// The graph: cards and wires of one picture at a time, laid out beforehand; the page moves, enlarges and fills them.
const graph = { picture: -1, cards: [], view: { k: 1, x: 0, y: 0 }, svg: null, layer: null };
const BIGGEST = 3, SMALLEST = 0.04;

function openPicture(index) {
  const picture = DATA.pictures[index];
  if (!picture) return;
  graph.picture = index;
  const cards = make("g", {}), wires = make("g", {});
  graph.wires = picture.links.map(({ source, target, tensor, points }) => {
    const path = make("path", { class: "wire", d: rounded(points) }, make("title", {}, DATA.tensors.name[tensor] ?? ""));
    wires.append(path);
    return { source, target, tensor, path };
  });
  graph.cards = picture.cards.map((card, i) => drawCard(card, i, cards));
  graph.layer = make("g", { id: "view" }, wires, cards);
  graph.svg.replaceChildren(...[...graph.svg.querySelectorAll("defs")], graph.layer);
  graph.svg.setAttribute("aria-label", "Graph of " + picture.name + ", " + picture.cards.length + " boxes; arrow keys walk");
  drawTrail();
  const roles = new Set(picture.cards.map((card) => card.role));
  for (const entry of at("legend").children) entry.hidden = !roles.has(entry.dataset.role);
  begin();
  if (!now) return;
  fillGraph();
  markGraph();
  fillDetail();
}

function drawCard(card, i, parent) {
  const { x, y, w, h, role, times, inside } = card;
  const group = make("g", { class: "card " + role + (held(card.nodes) ? " held" : ""), id: "card" + i, role: "option", transform: `translate(${x} ${y})` });
  const deck = times > 1 || inside ? 4 : 0;
  if (deck) group.append(make("rect", { class: "deck", x: deck, y: deck, width: w, height: h, rx: 6 }));
  const shape = make("text", { class: "shape", x: 15, y: h - 11 });
  const bar = make("rect", { class: "load", x: 6, y: h - 4, width: 0, height: 3 });
  const name = make("text", { class: "name", x: 15, y: 19 }, card.short);
  group.append(
    make("rect", { class: "back", width: w, height: h, rx: 6 }),
    make("path", { class: "band", d: `M6 0H7V${h}H6A6 6 0 0 1 0 ${h - 6}V6A6 6 0 0 1 6 0Z` }),
    bar, name,
    times > 1 ? make("text", { class: "times", x: w - 10, y: 19 }, "×" + times) : [],
    card.op ? make("text", { class: "op", x: 15, y: 34 }, card.op) : [],
    shape,
  );
  parent.append(group);
  return { ...card, group, shapeText: shape, bar };
}

function watchCards() {
  const cardOf = (event) => {
    const group = event.target.closest?.(".card");
    return group && graph.cards[group.id.slice(4)];
  };
  graph.svg.addEventListener("pointerover", (event) => { const card = cardOf(event); if (card) tell(card); });
  graph.svg.addEventListener("click", (event) => {
    const card = cardOf(event);
    if (card && !graph.moved) choose(card.name, card.nodes, { focus: false });
  });
  graph.svg.addEventListener("dblclick", (event) => { const card = cardOf(event); if (card?.inside) openPicture(card.inside); });
}

// A wire through points with its corners rounded.
function rounded(points, radius = 7) {
  let d = "M" + points[0].map(round);
  for (let i = 1; i < points.length - 1; i++) {
    const [a, b, c] = points.slice(i - 1, i + 2);
    d += "L" + toward(b, a, radius) + "Q" + b.map(round) + " " + toward(b, c, radius);
  }
  return d + "L" + points.at(-1).map(round);
}

function toward([x, y], [u, v], radius) {
  const length = Math.hypot(u - x, v - y) || 1;
  const part = Math.min(radius, length / 2) / length;
  return [round(x + (u - x) * part), round(y + (v - y) * part)];
}
const round = (x) => Math.round(x * 10) / 10;

// The blocks that were opened to come here, each a way back.
function drawTrail() {
  const path = [];
  for (let i = graph.picture; i >= 0; i = DATA.pictures[i].above ?? -1) path.unshift(i);
  at("trail").hidden = path.length < 2;
  at("trail").replaceChildren(...path.map((i) => make("button", {
    type: "button", "aria-current": i === graph.picture && "page", onclick: () => openPicture(i),
  }, DATA.pictures[i].name)));
}

// Fills the cards with what the sizes give.
function fillGraph() {
  const most = Math.max(1, ...graph.cards.map((card) => Number(card.nodes.length ? sum("macs", card.nodes) ?? 0 : 0)));
  for (const card of graph.cards) {
    const shape = cardShape(card), known = shape !== null;
    put(card.shapeText, known ? shape : "–");
    squeeze(card.shapeText, card.w - 25);
    const macs = card.nodes.length ? sum("macs", card.nodes) : 0;
    card.bar.setAttribute("width", macs ? Math.max(1.5, (card.w - 12) * Number(macs) / most) : 0);
    const fault = faultIn(card.nodes);
    card.group.classList.toggle("broken", Boolean(fault));
    card.group.classList.toggle("unknown", card.lost = !known);
  }
  for (const wire of graph.wires) {
    const [from, to] = [graph.cards[wire.source], graph.cards[wire.target]];
    const lost = from.lost;
    wire.path.classList.toggle("lost", lost);
    wire.path.classList.toggle("broken", !lost && to.group.classList.contains("broken") && refused(wire, to));
  }
}

// What a card says to who points at it, or cannot see it; written when it is wanted.
function tell(card) {
  const shape = cardShape(card), macs = card.nodes.length ? sum("macs", card.nodes) : null, fault = faultIn(card.nodes);
  const words = [card.name + (card.times > 1 ? " ×" + card.times : ""), card.op, "output " + (shape ?? "unknown")];
  if (macs) words.push(countText(macs) + " MACs");
  if (held(card.nodes)) words.push("not executed");
  if (fault) words.push(fault.message);
  if (!card.title) card.group.prepend(card.title = make("title"));
  put(card.title, words.join("\n"));
  card.group.setAttribute("aria-label", words.join(", "));
}

// Letters are as wide as the layout thought, unless the sizes are out of the ordinary.
function squeeze(text, width) {
  if (text.textContent.length * 6.6 > width) {
    text.setAttribute("textLength", width);
    text.setAttribute("lengthAdjust", "spacingAndGlyphs");
  } else text.removeAttribute("textLength");
}

function markGraph() {
  const chosen = state.nodes;
  let found = null;
  graph.cards.forEach((card) => {
    const here = chosen.length > 0 && card.nodes.length > 0 && chosen.every((node) => card.nodes.includes(node));
    if (here && (!found || card.name === state.layer)) found = card;
  });
  found ??= graph.cards.find((card) => card.name === state.layer && !card.nodes.length) ?? null;
  for (const card of graph.cards) {
    card.group.classList.toggle("chosen", card === found);
    card.group.setAttribute("aria-selected", String(card === found));
  }
  for (const wire of graph.wires) {
    const beside = found && (graph.cards[wire.source] === found || graph.cards[wire.target] === found);
    wire.path.classList.toggle("beside", Boolean(beside));
  }
  if (found) {
    tell(found);
    graph.svg.setAttribute("aria-activedescendant", found.group.id);
  } else graph.svg.removeAttribute("aria-activedescendant");
  graph.chosen = found;
  return found;
}

// Zoom and place.
function placeView() {
  const { k, x, y } = graph.view;
  graph.layer.setAttribute("transform", `translate(${round(x)} ${round(y)}) scale(${Math.round(k * 1e4) / 1e4})`);
}

function room() {
  const box = graph.svg.getBoundingClientRect();
  return { width: box.width || 800, height: box.height || 600, left: box.left, top: box.top };
}

function fitView() {
  const { w, h } = DATA.pictures[graph.picture], { width, height } = room();
  const k = Math.min((width - 48) / w, (height - 48) / h, 1.1);
  graph.view = { k, x: (width - w * k) / 2, y: (height - h * k) / 2 };
  placeView();
}

// The first look: all of it if it can be read so, else its beginning.
function begin() {
  const { w, h, cards } = DATA.pictures[graph.picture], { width, height } = room();
  fitView();
  if (graph.view.k >= 0.62 || !cards.length) return;
  const k = Math.max(0.62, Math.min((width - 48) / w, 1));
  const first = cards[0];
  graph.view = {
    k,
    x: w * k <= width - 48 ? (width - w * k) / 2 : 24 - Math.max(0, first.x + first.w / 2 - (width - 48) / k / 2) * k,
    y: h * k <= height - 48 ? (height - h * k) / 2 : 24 - first.y * k,
  };
  if (w * k > width - 48) graph.view.x = Math.max(width - 24 - w * k, Math.min(24, graph.view.x));
  placeView();
}

function zoomBy(factor, x, y) {
  const box = room(), view = graph.view;
  const k = Math.max(SMALLEST, Math.min(BIGGEST, view.k * factor));
  x ??= box.width / 2;
  y ??= box.height / 2;
  graph.view = { k, x: x - (x - view.x) * k / view.k, y: y - (y - view.y) * k / view.k };
  placeView();
}

// Moves the view by as little as shows a card.
function reveal(card) {
  const { width, height } = room(), view = graph.view, margin = 40;
  const left = view.x + card.x * view.k, top = view.y + card.y * view.k;
  const right = left + card.w * view.k, bottom = top + card.h * view.k;
  if (left < margin) view.x += margin - left;
  else if (right > width - margin) view.x -= right - width + margin;
  if (top < margin) view.y += margin - top;
  else if (bottom > height - margin) view.y -= bottom - height + margin;
  placeView();
}

function watchPointers() {
  const { svg } = graph, down = new Map();
  let spread = 0;
  svg.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    down.set(event.pointerId, [event.clientX, event.clientY]);
    graph.moved = false;
    spread = 0;
  });
  svg.addEventListener("pointermove", (event) => {
    const before = down.get(event.pointerId);
    if (!before) return;
    const [dx, dy] = [event.clientX - before[0], event.clientY - before[1]];
    if (!graph.moved && Math.hypot(dx, dy) < 4) return;
    if (!graph.moved) svg.setPointerCapture(event.pointerId);
    graph.moved = true;
    at("stage").classList.add("drag");
    down.set(event.pointerId, [event.clientX, event.clientY]);
    if (down.size === 2) {
      const [[a, b], [c, d]] = [...down.values()], box = room(), now = Math.hypot(a - c, b - d);
      if (spread) zoomBy(now / spread, (a + c) / 2 - box.left, (b + d) / 2 - box.top);
      spread = now;
    } else {
      graph.view.x += dx;
      graph.view.y += dy;
      placeView();
    }
  });
  for (const end of ["pointerup", "pointercancel"]) {
    svg.addEventListener(end, (event) => {
      down.delete(event.pointerId);
      spread = 0;
      at("stage").classList.remove("drag");
    });
  }
  svg.addEventListener("wheel", (event) => {
    const scrolls = document.documentElement.scrollHeight > innerHeight + 1;
    if (scrolls && !event.ctrlKey && document.activeElement !== svg) return; // a long page is scrolled over it
    event.preventDefault();
    const box = room(), lines = event.deltaMode === 1 ? 30 : 1;
    zoomBy(Math.exp(-event.deltaY * lines * (event.ctrlKey ? 0.01 : 0.0016)), event.clientX - box.left, event.clientY - box.top);
  }, { passive: false });
}

// The card that lies in a direction from the chosen one: a neighbor along a wire first, else the nearest.
function walk(dx, dy) {
  const from = graph.chosen;
  if (!from) return graph.cards[0];
  const linked = new Set(graph.wires.flatMap(({ source, target }) => {
    if (graph.cards[source] === from) return [graph.cards[target]];
    return graph.cards[target] === from ? [graph.cards[source]] : [];
  }));
  let best = null, least = Infinity;
  for (const card of graph.cards) {
    const [x, y] = [card.x + card.w / 2 - from.x - from.w / 2, card.y + card.h / 2 - from.y - from.h / 2];
    const along = x * dx + y * dy, across = Math.abs(x * dy) + Math.abs(y * dx);
    if (card === from || along <= 1 || (across > 2 * along && !linked.has(card))) continue;
    const cost = (along + 2 * across) * (linked.has(card) ? 0.4 : 1);
    if (cost < least) [best, least] = [card, cost];
  }
  return best ?? graph.cards[graph.cards.indexOf(from) + (dx + dy > 0 ? 1 : -1)] ?? from;
}
