/* What positions see of the inputs, tensor by tensor: position i along axis `at` sees pixels jump*i + low .. high. */
function receptiveFields(data, pick) {
  const {nodes, tensors} = data;
  const HELD = 2, INPUT = 1, LONGEST = 1n << 14n, RANK = ["exact", "upper bound", "whole input", "unknown"];

  /* Numbers are [numerator, denominator] in lowest terms: a transposed window has jumps of a part of a pixel. */
  const gcd = (a, b) => b ? gcd(b, a % b) : a < 0n ? -a : a;
  const ratio = (a, b) => { const g = b === 1n ? 1n : gcd(a, b); return [a / g, b / g]; };
  const plus = ([a, b], [c, d]) => b === d && b === 1n ? [a + c, 1n] : ratio(a * d + c * b, b * d);
  const times = ([a, b], x) => ratio(a * x, b);
  const below = ([a, b], [c, d]) => a * d < c * b;
  const same = ([a, b], [c, d]) => a === c && b === d;
  const minus = ([a, b]) => [-a, b];
  const span = sight => plus(plus(sight.high, minus(sight.low)), [1n, 1n]);
  const written = ([a, b]) => b === 1n ? a : `${a}/${b}`;
  const bit = axis => 1 << axis;
  const mask = axes => axes.reduce((all, axis) => all | bit(axis), 0);

  const fresh = (axis, images) => ({at: axis, among: 0, jump: [1n, 1n], low: [0n, 1n], high: [0n, 1n], seen: null, bounded: false,
    whole: false, reduced: false, known: true, mixed: null, images});
  const alike = (a, b) => a === b || a.at === b.at && a.among === b.among && same(a.jump, b.jump) && same(a.low, b.low) && same(a.high, b.high)
    && ["seen", "bounded", "whole", "reduced", "known", "mixed", "images"].every(key => a[key] === b[key]);

  const window = (kernel, stride, before, after, mode = "floor") => ({kernel, stride, before, after, dilation: 1n, mode});
  const NOTHING = {axes: new Map(), whole: [], source: null, exact: true, known: true, everything: false, reads: null};
  const fixed = data.windows.map(row => row && rowAt(row, null));

  function rowAt(row, sizes) {
    if (row.bins || row.resized || row.merged) return null;
    const axes = row.axes ?? [];
    if (!sizes && axes.some(([, kernel, , before, after, dilation]) => [kernel, before, after, dilation].some(r => r >= 0))) return null;
    const made = axes.map(([axis, kernel, stride, before, after, dilation, mode]) => [axis, {kernel: pick(kernel, sizes), stride: BigInt(stride),
      before: pick(before, sizes), after: pick(after, sizes), dilation: pick(dilation, sizes), mode}]);
    return {...NOTHING, ...row, axes: new Map(made)};
  }

  function windowsAt(k, sizes, given, made) {
    const row = data.windows[k];
    if (fixed[k] || !row) return fixed[k];
    if (row.merged) {
      const [start, end] = row.merged, [shape] = given, axes = shape.map((_, axis) => axis);
      const longer = axes.slice(start, end + 1).filter(axis => shape[axis] !== 1n);
      return {...NOTHING, source: [...axes.slice(0, start), longer.length === 1 ? longer[0] : null, ...axes.slice(end + 1)]};
    }
    if (row.bins) return binned(row.bins.map(([axis, bins]) => [axis, pick(bins, sizes)]), given[0]);
    return row.resized ? resized(row.resized, given[0], made) : rowAt(row, sizes);
  }

  function binned(rows, shape) {
    const found = {...NOTHING, axes: new Map(), whole: []};
    for (const [axis, bins] of rows) {
      const size = shape[axis];
      if (bins === size) continue;
      if (bins !== 1n && size % bins === 0n) found.axes.set(axis, window(size / bins, size / bins, 0n, 0n));
      else {
        found.whole.push(axis);
        found.exact &&= bins === 1n;
      }
    }
    return found;
  }

  function resized([mode, taps, corners, factors], before, after) {
    const axes = new Map();
    for (let axis = 2; axis < before.length; axis++) {
      const w = sampled(mode, BigInt(taps / 2), corners, factors?.[axis - 2], before[axis], after[axis]);
      if (!w) return {...NOTHING, known: false, exact: false, reads: [0]};
      axes.set(axis, w);
    }
    return {...NOTHING, axes, exact: taps === 0, reads: [0]};
  }

  function sampled(mode, radius, corners, factor, size, out) {
    const whole = (a, b) => a % b === 0n ? a / b : 1n;
    const [up, down] = factor ? factor.map(BigInt) : [whole(out, size), whole(size, out)];
    if (factor ? up === down : size === out) return window(1n, 1n, 0n, 0n);
    if (corners || (up === 1n) === (down === 1n)) return null;
    if (radius && down === 1n) {
      const padding = (2n * radius - 1n) * up / 2n;
      return window(2n * radius * up - up % 2n, up, padding, padding, "transposed");
    }
    if (radius) {
      const first = radius - 1n - (down - 1n) / 2n;
      return window(2n * radius, down, first, 2n * radius - down - first);
    }
    if (down === 1n) return window(up, up, 0n, 0n, "transposed");
    if (mode === "area") return whole(size, out) === down ? window(down, down, 0n, 0n) : null;
    const first = mode === "nearest" ? 0n : down / 2n;
    return window(1n, down, -first, first + 1n - down);
  }

  const unmoved = w => w.kernel === 1n && w.stride === 1n && !w.before && !w.after && w.dilation === 1n && w.mode === "floor";

  function paddingBefore(size, w) {
    if (w.mode !== "same_upper" && w.mode !== "same_lower") return w.before;
    const reach = w.dilation * (w.kernel - 1n), over = reach - (size - 1n) % w.stride, both = over > 0n ? over : 0n;
    return w.mode === "same_upper" ? both / 2n : both - both / 2n;
  }

  function slid(sight, size, w) {
    const taps = w.dilation * (w.kernel - 1n), transposed = w.mode === "transposed";
    const jump = transposed ? ratio(sight.jump[0], sight.jump[1] * w.stride) : sight.jump;
    const before = transposed ? taps - w.before : paddingBefore(size, w);
    const made = {...sight, jump: transposed ? jump : times(jump, w.stride),
      low: plus(sight.low, times(jump, -before)), high: plus(sight.high, times(jump, taps - before))};
    if (transposed && w.stride > 1n) return {...made, seen: null, bounded: true};
    const [seen, bounded] = united(sight, w, jump);
    return {...made, seen, bounded: bounded || sight.bounded};
  }

  const ones = n => (1n << n) - 1n;

  /* The pixels that all taps together see, and whether there may be holes that are not listed. */
  function united(sight, w, jump) {
    if (sight.bounded || w.kernel === 1n) return [sight.seen, false];
    const step = times(jump, w.dilation), size = span(sight);
    if (sight.seen === null && !below(size, step)) return [null, false];
    if (step[1] !== 1n || size[1] !== 1n) return [null, true];
    const length = size[0] + step[0] * (w.kernel - 1n);
    if (length > LONGEST) return [null, true];
    const own = sight.seen ?? ones(size[0]);
    let seen = 0n;
    for (let tap = 0n; tap < w.kernel; tap++) seen |= own << step[0] * tap;
    return [seen === ones(length) ? null : seen, false];
  }

  function moved(sight, w, given, made) {
    const hidden = w.whole.includes(sight.mixed);
    if (!w.source) {
      const shift = made - given, move = axis => axis === null || axis + shift < 0 ? null : axis + shift;
      if (w.everything && shift) return [null, 0, null];
      return [move(sight.at), shift < 0 ? sight.among >> -shift : sight.among << shift, hidden ? null : move(sight.mixed)];
    }
    if (w.source.length !== made) return [null, 0, null];
    const place = axis => { const out = axis === null ? -1 : w.source.indexOf(axis); return out < 0 ? null : out; };
    const added = mask(w.source.flatMap((axis, out) => axis === null ? [out] : []));
    const at = place(sight.at), from = sight.at !== null ? (at === null ? [sight.at] : []) : [...Array(31).keys()].filter(axis => sight.among & bit(axis));
    const among = from.reduce((all, axis) => all | (place(axis) === null ? added : bit(place(axis))), 0);
    return [at, among, hidden ? null : place(sight.mixed)];
  }

  const keptMixed = (before, w) => w.whole.includes(before) || !w.source || !w.source.includes(null) ? null : w.source.indexOf(null);
  const equal = (a, b) => a.length === b.length && a.every((size, axis) => size === b[axis]);

  /* What an output sees as far as it comes from one input. */
  function through(sight, w, given, made, alone) {
    const plain = !w.source && sight.at !== null && !w.whole.includes(sight.at) && sight.mixed === null && w.exact && w.known && !w.everything;
    if (plain && given.length === made.length) {
      const slides = w.axes.get(sight.at);
      if (slides && !sight.reduced) return slid(sight, given[sight.at], slides);
      if (made[sight.at] === given[sight.at]) return sight;
    }
    if (!w.known) return {...sight, at: null, among: 0, known: false};
    let [at, among, mixed] = moved(sight, w, given.length, made.length);
    if (mixed === null && sight.mixed !== null && (!alone || equal(made, given))) mixed = keptMixed(sight.mixed, w);
    if (among & 1 && made[0] === sight.images) among &= ~1;
    const over = sight.among & mask(w.whole), all = w.everything || w.whole.includes(sight.at) || over !== 0 && over === sight.among;
    const kept = at !== null && sight.at !== null && made[at] === given[sight.at];
    const picks = sight.mixed !== null && !w.whole.includes(sight.mixed) && (mixed === null || w.axes.has(mixed));
    const slides = at === null ? undefined : w.axes.get(at);
    const shifted = at === null && [...w.axes.keys()].some(axis => among & bit(axis)) || over !== 0 && !all;
    const lost = at === null && sight.at !== null && !w.exact;
    const stretched = !slides && !kept && at !== null && sight.at !== null && given[sight.at] === 1n;
    const found = {...sight, at, among, bounded: sight.bounded || !w.exact || picks, whole: sight.whole || all || stretched,
      reduced: sight.reduced || all && !kept || stretched, known: sight.known && (!shifted && !lost || sight.reduced || all), mixed};
    return !slides || unmoved(slides) || found.reduced ? found : slid(found, given[sight.at], slides);
  }

  /* What a tensor sees that is made of others, of which all or only the reduced ones have no positions that move. */
  function joined(sights, beside) {
    const whole = sights.some(sight => sight.whole), moving = sights.filter(sight => !sight.reduced);
    const taken = moving.length ? moving : sights, [first] = taken;
    if (taken.every(sight => alike(sight, first))) return {...first, whole};
    const sameAxis = taken.every(sight => sight.at === first.at);
    let among = taken.reduce((all, sight) => all | sight.among, 0);
    if (!sameAxis || !taken.every(sight => sight.known && same(sight.jump, first.jump))) {
      if (!sameAxis) among |= mask(taken.flatMap(sight => sight.at === null ? [] : [sight.at]));
      return {...first, at: sameAxis ? first.at : null, among, whole, known: false, seen: null};
    }
    const [seen, bounded] = overlaid(taken);
    const least = taken.reduce((low, sight) => below(sight.low, low) ? sight.low : low, first.low);
    const most = taken.reduce((high, sight) => below(high, sight.high) ? sight.high : high, first.high);
    return {...first, among, low: least, high: most, seen, bounded, whole,
      mixed: beside ?? taken.find(sight => sight.mixed !== null)?.mixed ?? null};
  }

  function overlaid(taken) {
    if (taken.some(sight => sight.bounded)) return [null, true];
    const width = sight => { const [a, b] = span(sight); return b === 1n ? a : 0n; };
    const widest = taken.reduce((most, sight) => width(sight) > width(most) ? sight : most);
    if (widest.seen === null && taken.every(s => !below(s.low, widest.low) && !below(widest.high, s.high))) return [null, false];
    if (taken.some(sight => sight.low[1] !== 1n || span(sight)[1] !== 1n)) return [null, true];
    const pieces = taken.map(sight => [sight.low[0], span(sight)[0], sight.seen]);
    const low = pieces.reduce((least, [first]) => first < least ? first : least, pieces[0][0]);
    const length = pieces.reduce((most, [first, size]) => first + size > most ? first + size : most, low) - low;
    if (length > LONGEST) return [null, true];
    const seen = pieces.reduce((all, [first, size, own]) => all | (own ?? ones(size)) << first - low, 0n);
    return [seen === ones(length) ? null : seen, false];
  }

  /* The axis along which all inputs stand side by side. */
  function sideBySide(w, given, made) {
    const axis = w.source ? w.source.indexOf(null) : -1;
    if (axis < 0 || given.some(shape => shape.length !== made.length)) return null;
    return given.reduce((sum, shape) => sum + shape[axis], 0n) === made[axis] ? axis : null;
  }

  function output(w, sights, given, made) {
    if (sights.length === 1) return sights[0].map(s => s && through(s, w, given[0], made, true));
    const beside = sideBySide(w, given, made);
    return data.axes.map((_, k) => {
      const present = sights.flatMap((row, i) => !row[k] || w.reads && !w.reads.includes(i) ? [] : [through(row[k], w, given[i], made, beside === null)]);
      return present.length ? joined(present, beside) : null;
    });
  }

  /* The field of a tensor in the first input that it depends on. */
  function fieldOf(sights) {
    const first = sights.findIndex(sight => sight);
    if (first < 0) return null;
    const rows = sights.filter((sight, k) => sight && data.axes[k][0] === data.axes[first][0]);
    const status = s => s.whole ? "whole input" : !s.known ? "unknown" : s.bounded || s.seen !== null ? "upper bound" : "exact";
    const each = value => rows.map(sight => sight.known ? written(value(sight)) : null);
    return {
      size: each(span), stride: each(sight => sight.jump), offset: each(sight => sight.low),
      status: RANK[Math.max(...rows.map(sight => RANK.indexOf(status(sight))))],
    };
  }

  /* For each node the field of its first output; `shapes` is that of each tensor, or null. */
  return (shapes, sizes) => {
    const sights = new Array(tensors.name.length).fill(null);
    return nodes.name.map((_, i) => {
      const outputs = nodes.outputs[i], inputs = nodes.inputs[i];
      if (nodes.flags[i] & HELD || !outputs.length || !shapes[outputs[0]]) return null;
      if (nodes.flags[i] & INPUT || !inputs.length) {
        const images = shapes[outputs[0]][0];
        sights[outputs[0]] = data.axes.map(([node, axis]) => node === i ? fresh(axis, images) : null);
        return null;
      }
      const k = nodes.window[i], given = inputs.map(t => shapes[t]), seen = inputs.map(t => sights[t]);
      for (const t of outputs) {
        const w = windowsAt(k, sizes, given, shapes[t]);
        sights[t] = !w && inputs.length === 1 ? seen[0] : output(w ?? NOTHING, seen, given, shapes[t]);
      }
      return fieldOf(sights[outputs[0]]);
    });
  };
}
