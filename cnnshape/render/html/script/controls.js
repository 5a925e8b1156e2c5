// The line at the top, and the sizes at the left.
const controls = { rows: [], samples: new Map() };

function fillHeader() {
  const { totals, errors } = now, lacking = now.nodes.some((node) => node.macs === null);
  const least = lacking ? "≥ " : "";
  const peak = now.peak >= 0 ? DATA.nodes.name[now.peak] : "";
  total("params", (now.nodes.some((node) => node.params === null) ? "≥ " : "") + exact(totals.params), bytesText(totals.weight_bytes));
  total("macs", least + exact(totals.macs), totals.macs >= 1000n ? countText(totals.macs) : "", "convention " + DATA.convention);
  total("activations", least + bytesText(totals.activation_bytes), "", exact(totals.activation_bytes) + " bytes");
  total("peak", now.peak < 0 ? null : least + bytesText(totals.peak_activation_bytes), "", exact(totals.peak_activation_bytes) + " bytes at " + peak);
  const shapes = DATA.outputs.map(([, tensor]) => tensorShape(tensor));
  total("output", shapes.includes(null) ? null : shapes.slice(0, 2).join(", ") + (shapes.length > 2 ? " …" : ""), "",
    DATA.outputs.map(([name], i) => name + " " + (shapes[i] ?? "unknown")).join("\n"));
  const broken = errors.length || now.valid === false;
  at("status").dataset.state = broken ? "broken" : now.valid ? "valid" : "open";
  put(at("verdict"), errors.length ? errors.length + " broken" : broken ? "does not fit" : now.valid ? "valid" : "undecided");
}

function total(name, value, small, title = "") {
  const cell = at("total-" + name);
  put(cell.firstElementChild, value ?? "–");
  put(cell.lastElementChild, small);
  cell.classList.toggle("unknown", value === null);
  cell.title = title;
}

const NAMES = { H: "height", W: "width", D: "depth", T: "time", L: "length", N: "batch" };

function buildControls() {
  at("sliders").replaceChildren(...SYMBOLS.map((symbol, i) => {
    const words = symbol.role === "batch" ? "batch" : NAMES[symbol.name] && symbol.role === "space" ? NAMES[symbol.name] : symbol.role === "space" ? "size" : symbol.role;
    const box = make("input", { type: "number", min: 1, id: "size" + i, inputmode: "numeric", "aria-label": symbol.name + ", " + words });
    const slider = make("input", { type: "range", min: symbol.low, max: symbol.high, step: symbol.step, id: "slider" + i, "aria-label": symbol.name + ", " + words + ", slider" });
    const strip = make("canvas", { height: 4, "aria-hidden": true });
    const row = make("div", { class: "size" },
      make("label", { for: "size" + i }, make("b", {}, symbol.name), make("span", {}, words)), box,
      make("div", { class: "track" }, slider, strip));
    // Browsers take 1e3 and 1.5 as numbers too: what is no whole number from 1 on is marked, and the size stays.
    const typed = (input) => () => {
      const whole = /^[1-9]\d{0,99}$/.test(input.value) ? input.value : /e/i.test(input.value) && Number.isSafeInteger(Number(input.value)) ? String(Number(input.value)) : "";
      const fits = /^[1-9]/.test(whole);
      input.setCustomValidity(fits ? "" : "a whole number, 1 or more");
      if (fits) setSize(i, BigInt(whole));
    };
    box.addEventListener("input", typed(box));
    slider.addEventListener("input", typed(slider));
    box.addEventListener("change", () => { box.value = state.values[i]; box.setCustomValidity(""); });
    for (const input of [box, slider]) input.addEventListener("focus", () => { state.size = i; drawCurve(); });
    controls.rows.push({ row, box, slider, strip, drawn: "" });
    return row;
  }));
  at("lock-line").hidden = SPACE.length < 2;
  put(at("lock-text"), "keep " + SPACE.map((i) => SYMBOLS[i].name).join(" = "));
  at("lock").addEventListener("change", () => {
    state.lock = at("lock").checked;
    if (state.lock) setSize(SPACE[0], state.values[SPACE.includes(state.size) ? state.size : SPACE[0]]);
    else update();
  });
  at("dtype").replaceChildren(...DATA.dtypes.map(([name]) => make("option", { value: name }, name)));
  at("dtype").disabled = DATA.mixed;
  at("dtype").addEventListener("change", () => { state.dtype = at("dtype").value; update(); });
  at("curve").hidden = at("search").hidden = false;
  watchCurve();
}

function fillControls() {
  const broken = now.valid === false;
  controls.rows.forEach(({ row, box, slider }, i) => {
    const value = String(state.values[i]);
    if (document.activeElement !== box || (box.value !== value && !/e/i.test(box.value))) box.value = value;
    slider.value = value;
    row.classList.toggle("bad", broken && MODEL.fits(state.values) === false && SPACE.includes(i));
  });
  at("lock").checked = state.lock;
  at("dtype").value = state.dtype;
  drawCurve();
}

// Sizes of one symbol with what they cost and whether they fit: worked out when there is time, and remembered.
const MOST_SAMPLES = 480;

function samplesOf(i) {
  const others = state.values.map((value, k) => (withSize(i, -1n)[k] === -1n ? "*" : value)).join();
  const key = i + ":" + others;
  let found = controls.samples.get(key);
  if (!found) {
    const [low, high] = [SYMBOLS[i].low, SYMBOLS[i].high].map(Number), step = Math.max(1, Math.ceil((high - low) / MOST_SAMPLES));
    found = { low, high, step, rows: [], most: 1, drawn: null };
    if (controls.samples.size > 200) controls.samples.clear();
    controls.samples.set(key, found);
  }
  return found;
}

let waiting = 0;
function drawCurve() {
  clearTimeout(waiting);
  waiting = setTimeout(work, controls.rows.every((_, i) => finished(samplesOf(i))) ? 0 : 60);
  drawPlot();
}

const finished = (samples) => samples.low + samples.rows.length * samples.step > samples.high;

function work() {
  const end = performance.now() + 10;
  for (const i of new Set([state.size, ...SYMBOLS.keys()])) {
    const samples = samplesOf(i);
    while (!finished(samples) && performance.now() < end) {
      const size = samples.low + samples.rows.length * samples.step;
      const [fits, macs] = MODEL.sample(withSize(i, BigInt(size)));
      samples.rows.push([size, fits !== false, Number(macs)]);
    }
    if (!finished(samples)) { waiting = setTimeout(work, 0); return; }
    drawStrip(i, samples);
  }
  drawPlot();
}

// A thin line below a slider: drawn where the size fits.
function drawStrip(i, samples) {
  const { strip, slider } = controls.rows[i];
  strip.hidden = samples.rows.every(([, fits]) => fits) || !samples.rows.some(([, fits]) => fits);
  const scale = devicePixelRatio || 1;
  const width = Math.round(strip.clientWidth * scale), thumb = 8 * scale;
  if (!width) return;
  strip.width = width;
  strip.height = 4 * scale;
  const pen = strip.getContext("2d"), color = getComputedStyle(strip);
  const along = (size) => thumb + (width - 2 * thumb) * (size - samples.low) / (samples.high - samples.low || 1);
  pen.fillStyle = color.outlineColor;
  pen.fillRect(thumb, 1.5 * scale, width - 2 * thumb, scale);
  pen.fillStyle = color.color;
  for (const [size, fits] of samples.rows) if (fits) pen.fillRect(along(size) - scale / 2, 0, Math.max(scale, along(samples.low + samples.step) - along(samples.low) + .6), 4 * scale);
  slider.title = "marked below: sizes that fit";
}

// MACs over the size that was touched last. Its width is measured only when the window changes.
const PLOT = { width: 220, height: 92, left: 2, right: 2, top: 14, bottom: 18 };

function measureCurve() {
  PLOT.width = at("plot").clientWidth || PLOT.width;
  for (const samples of controls.samples.values()) samples.drawn = null;
  at("plot").setAttribute("viewBox", `0 0 ${PLOT.width} ${PLOT.height}`);
  drawCurve();
}

function drawPlot() {
  const i = state.size, samples = samplesOf(i), { width, height, left, right, top, bottom } = PLOT;
  const plot = at("plot"), { name } = SYMBOLS[i], here = Number(state.values[i]);
  const x = (size) => round(left + (width - left - right) * (size - samples.low) / (samples.high - samples.low || 1));
  const y = (macs) => round(height - bottom - (height - top - bottom) * macs / samples.most);
  if (!samples.drawn || samples.drawn.count !== samples.rows.length) {
    const rows = samples.rows.filter(([, fits]) => fits);
    samples.most = Math.max(1, ...rows.map(([, , macs]) => macs));
    const several = rows.length > 1;
    samples.drawn = { count: samples.rows.length, parts: [
      make("line", { class: "axis", x1: left, x2: width - right, y1: height - bottom + .5, y2: height - bottom + .5 }),
      make("path", { class: "fit", d: several ? "M" + rows.map(([size, , macs]) => x(size) + " " + y(macs)).join("L") : "" }),
      make("text", { x: left, y: height - 5 }, String(samples.low)),
      make("text", { x: width - right, y: height - 5, "text-anchor": "end" }, String(samples.high)),
      make("text", { x: left, y: 9 }, several ? countText(BigInt(Math.round(samples.most))) : rows.length || !finished(samples) ? "" : "no " + name + " fits"),
    ] };
  }
  const same = SPACE.filter((k) => state.lock && SPACE.includes(i) && k !== i).map((k) => " = " + SYMBOLS[k].name).join("");
  const fits = now.valid !== false, macs = countText(now.totals.macs);
  put(at("curve-title"), "MACs over " + name + same);
  for (const [key, value] of [["aria-label", "MACs over " + name], ["aria-valuemin", samples.low], ["aria-valuemax", samples.high],
    ["aria-valuenow", here], ["aria-valuetext", fits ? `${name} ${here}: ${macs} MACs` : `${name} ${here} does not fit`]]) plot.setAttribute(key, value);
  plot.replaceChildren(...samples.drawn.parts, ...(here >= samples.low && here <= samples.high ? [
    make("line", { class: "here", x1: x(here), x2: x(here), y1: top, y2: height - bottom }),
    make("circle", { class: fits ? "" : "misfit", cx: x(here), cy: fits ? Math.max(top, y(Number(now.totals.macs))) : height - bottom, r: 4 }),
  ] : []));
}

function watchCurve() {
  const plot = at("plot");
  const sizeAt = (event) => {
    const box = plot.getBoundingClientRect(), samples = samplesOf(state.size);
    const part = (event.clientX - box.left - PLOT.left) / (box.width - PLOT.left - PLOT.right);
    return BigInt(Math.round(samples.low + Math.max(0, Math.min(1, part)) * (samples.high - samples.low)));
  };
  plot.addEventListener("pointerdown", (event) => { plot.setPointerCapture(event.pointerId); setSize(state.size, sizeAt(event)); });
  plot.addEventListener("pointermove", (event) => { if (plot.hasPointerCapture(event.pointerId)) setSize(state.size, sizeAt(event)); });
  plot.addEventListener("keydown", (event) => {
    const way = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[event.key];
    if (!way) return;
    event.preventDefault();
    event.stopPropagation();
    stepSize(way, event.shiftKey);
  });
}
