function liveModel(data) {
  const {nodes, tensors, checks, faults} = data;
  const numbers = data.numbers.map(x => String(x).includes("/") ? x : BigInt(x));
  const bitsOf = new Map(data.dtypes);
  const largest = 10n ** 100n;
  const INPUT = 1, HELD = 2, FROZEN = 4, SHARES = 8, ACTIVATION = 16, NEVER = 32;
  const count = nodes.name.length;
  const held = i => (nodes.flags[i] & HELD) !== 0;
  const pick = (reference, sizes) => reference >= 0 ? sizes[reference] : reference === -1 ? null : numbers[-2 - reference];
  const bytes = (elements, bits) => bits % 8n ? (elements * bits + 7n) / 8n : elements * (bits / 8n);
  const checksOf = nodes.name.map(() => []);
  checks.node.forEach((node, k) => checksOf[node].push(k));
  const settings = values => data.symbols.map((_, k) => BigInt(values[k]));

  function verdict(k, sizes) {
    const value = pick(checks.expr[k], sizes);
    return value === null ? null : checks.op[k] === "==" ? value === 0n : value >= 0n;
  }

  function within(value, intervals) {
    return intervals.some(([low, high]) => (low === null || BigInt(low) <= value) && (high === null || value <= BigInt(high)));
  }

  function assumptionsHold(sizes) {
    return data.assumed.every(({any}) => any.some(all => all.every(([r, intervals]) => within(pick(r, sizes), intervals))));
  }

  function fitting(values, sizes) {
    if (data.standing.length || values.some(v => v < 1n || v > largest) || !assumptionsHold(sizes)) return false;
    let found = true;
    for (let k = 0; k < checks.node.length; k++) {
      if (held(checks.node[k])) continue;
      const holds = verdict(k, sizes);
      if (holds === false) return false;
      if (holds === null) found = null;
    }
    return found;
  }

  /* An input of less than 1, and a size of more than 100 digits, are none. */
  function odd(i, sizes) {
    const least = nodes.flags[i] & INPUT ? 1n : -largest;
    return nodes.outputs[i].some(t => tensors.shape[t].some(r => {
      const size = pick(r, sizes);
      return size !== null && (size < least || size > largest);
    }));
  }

  /* Broken where a condition of its own is violated, unknown behind such a node. */
  function states(values, sizes) {
    const state = new Array(count), strange = values.some(v => v < 1n || v > 1n << 64n);
    for (let i = 0; i < count; i++) {
      const above = nodes.inputs[i].every(t => t < 0 || state[tensors.node[t]] === "fits");
      const violated = k => verdict(k, sizes) === false;
      const wrong = () => nodes.flags[i] & NEVER || checksOf[i].some(violated) || strange && odd(i, sizes);
      state[i] = !above ? "unknown" : wrong() ? "broken" : "fits";
    }
    return state;
  }

  const fieldsAt = receptiveFields(data, pick);

  function row(i, state, sizes, shapes, tensorBytes, nominal, field) {
    const flags = nodes.flags[i], fits = state[i] === "fits";
    const fixed = nodes.params[i] < -1 && nodes.buffers[i] < -1;
    const owned = value => flags & SHARES ? 0n : fits || fixed ? value : null;
    const params = owned(pick(nodes.params[i], sizes)), odd = owned(pick(nodes.odd[i], sizes));
    const bits = fits && nodes.bits[i] ? BigInt(nodes.bits[i]) : nodes.bits[i] < 0 ? BigInt(-nodes.bits[i]) : nominal;
    const macs = flags & HELD ? 0n : fits ? pick(nodes.macs[i], sizes) : null;
    let activation = flags & ACTIVATION ? null : 0n;
    const made = nodes.outputs[i].map(t => tensorBytes[t]);
    if (fits && flags & ACTIVATION && !made.includes(null)) activation = made.reduce((sum, each) => sum + each, 0n);
    return {
      state: state[i],
      outputs: fits ? nodes.outputs[i].map(t => shapes[t]) : null,
      params,
      trainable: params === null ? null : flags & FROZEN ? 0n : params,
      frozen: params === null ? null : flags & FROZEN ? params : 0n,
      buffers: owned(pick(nodes.buffers[i], sizes)),
      macs,
      flops: macs === null ? null : 2n * macs,
      weight_bytes: params === null || odd === null ? null : bits % 8n ? (params + odd) * bits / 8n : bytes(params, bits),
      activation_bytes: activation,
      field,
    };
  }

  /* The most bytes that are alive while a node runs; a step at which a tensor is unknown does not count. */
  function peakOf(tensorBytes) {
    const made = new Array(count + 1).fill(0n), freed = new Array(count + 1).fill(0n);
    const missing = new Array(count + 2).fill(0), makes = new Array(count).fill(false);
    for (let t = 0; t < tensors.name.length; t++) {
      const first = tensors.first[t], last = tensors.last[t];
      if (first < 0) continue;
      if (tensorBytes[t] === null) {
        if (tensors.alone[t]) continue;
        missing[first]++;
        missing[last + 1]--;
      } else {
        made[first] += tensorBytes[t];
        freed[last] += tensorBytes[t];
        makes[first] = true;
      }
    }
    let alive = 0n, unknown = 0, most = 0n, where = -1;
    for (let i = 0; i < count; i++) {
      alive += made[i];
      unknown += missing[i];
      if (!unknown && makes[i] && !held(i) && (where < 0 || alive > most)) [most, where] = [alive, i];
      alive -= freed[i];
    }
    return [most, where];
  }

  const words = (parts, sizes) => parts.map(part => typeof part === "string" ? part : String(pick(part, sizes))).join("");

  function errorOf(k, sizes, advice) {
    const node = checks.node[k], fault = faults[checks.fault[k]];
    // A join of the numbers would stretch a 1: then it is the next of its conditions that it refuses.
    const one = each => [checks.left[each], checks.right[each]].some(r => pick(r, sizes) === 1n);
    const stretches = each => faults[checks.fault[each]].stretch.length > 0 && one(each);
    const told = checksOf[node].find(each => verdict(each, sizes) === false && !stretches(each));
    const message = told === undefined ? fault.stretch : faults[checks.fault[told]].message;
    return {node, layer: nodes.name[node], code: fault.code, message: words(message, sizes), rule: fault.rule, fix: advice};
  }

  function errorsAt(values, sizes) {
    const outside = values.flatMap((v, k) => v >= 1n && v <= largest ? [] : [outOfRange(k, values)]);
    if (outside.length) return outside;
    const first = new Map();
    for (let k = 0; k < checks.node.length; k++) {
      const node = checks.node[k];
      if (!held(node) && !first.has(node) && verdict(k, sizes) === false) first.set(node, k);
    }
    const behind = new Set();
    for (let i = 0; first.size && i < count; i++) {
      const above = t => t >= 0 && (first.has(tensors.node[t]) || behind.has(tensors.node[t]));
      if (nodes.inputs[i].some(above)) behind.add(i);
    }
    const advice = first.size ? adviceAt(values) : "";
    const found = [...first].filter(([node]) => !behind.has(node)).map(([, k]) => errorOf(k, sizes, advice));
    const all = [...data.standing, ...found].sort((a, b) => a.node - b.node);
    return all.length || assumptionsHold(sizes) ? told(all) : outsideAssumed(sizes);
  }

  /* Uses of one layer that say the same are told once. */
  function told(errors) {
    const known = new Set();
    return errors.filter(error => {
      const owner = error.node < 0 ? error.layer : nodes.place[error.node] || (nodes.shares[error.node] >= 0 ? nodes.shares[error.node] : error.node);
      const key = JSON.stringify([owner, error.code, error.message, error.rule, error.fix]);
      return !known.has(key) && known.add(key);
    });
  }

  function outOfRange(k, values) {
    const name = data.symbols[k].name, value = values[k];
    const message = value < 1n ? `${name} = ${value}: a size is at least 1` : `${name} has more than 100 digits`;
    return {node: data.symbols[k].node, layer: nodes.name[data.symbols[k].node], code: "CS203", message,
      rule: "a size is a whole number of at least 1, with at most 100 digits", fix: value < 1n && adviceAt(values) || `${name} = 1`};
  }

  function outsideAssumed(sizes) {
    return data.assumed.filter(({any}) => !any.some(all => all.every(([r, intervals]) => within(pick(r, sizes), intervals))))
      .map(({text}) => ({node: -1, layer: "", code: "CS216", message: `these sizes are not what is assumed: ${text}`, rule: `assumed: ${text}`, fix: "sizes that are assumed"}));
  }

  /* A set is [pieces, start, period, residues]: pieces below start, from there on what leaves one of the residues. */
  function inSet([pieces, start, period, residues], x) {
    const inside = ([low, high]) => low <= x && x <= high;
    return x >= 1n && (x < start ? pieces.some(inside) : residues.some(([low, high]) => low <= x % period && x % period <= high));
  }

  /* The largest member up to x and the smallest from x on, null where there is none. */
  function nearestIn([pieces, start, period, residues], x) {
    const below = [], above = [];
    const offer = (low, high) => {
      if (low <= x) below.push(high < x ? high : x);
      if (high >= x) above.push(low > x ? low : x);
    };
    pieces.forEach(([low, high]) => offer(low, high));
    if (residues.length) {
      const from = x > start ? x : start;
      for (const [low, high] of residues) {
        for (const turn of [-1n, 0n, 1n]) {
          const base = (from / period + turn) * period;
          const first = base + low > start ? base + low : start;
          if (base + high >= first) offer(first, base + high);
        }
      }
    }
    return [
      below.length ? below.reduce((a, b) => a > b ? a : b) : null,
      above.length ? above.reduce((a, b) => a < b ? a : b) : null,
    ];
  }

  const big = ([pieces, start, period, residues]) => [
    pieces.map(piece => piece.map(BigInt)), BigInt(start), BigInt(period), residues.map(run => run.map(BigInt)),
  ];
  const rules = {
    exact: data.rules.exact.map(set => set && big(set)),
    regions: data.rules.regions.map(row => row.map(set => set && big(set))),
  };
  const FAR = 2048;

  /* What `fitting` says, from the solved conditions alone. */
  function allowed(values) {
    if (values.some((x, k) => rules.exact[k] && !inSet(rules.exact[k], x))) return false;
    return relations(values).every((value, r) => value === null || (data.rules.ops[r] === "==" ? value === 0n : value >= 0n));
  }

  const changed = (values, k, x) => values.map((value, other) => other === k ? x : value);

  function scan(k, values, from, way) {
    for (let step = 0, x = from; step < FAR && x >= 1n; step++, x += way) {
      if (rules.exact[k]) {
        x = nearestIn(rules.exact[k], x)[way > 0n ? 1 : 0];
        if (x === null) return null;
      }
      if (allowed(changed(values, k, x))) return x;
    }
    return null;
  }

  /* About where the conditions on several symbols would be 0, as straight lines: their bends are small. */
  const SPAN = 5040n * 5040n;
  function zeros(k, values) {
    const here = relations(values), there = relations(changed(values, k, values[k] + SPAN));
    return here.flatMap((value, r) => {
      const slope = value === null ? 0n : there[r] - value;
      return slope === 0n ? [] : [values[k] - value * SPAN / slope];
    });
  }

  /* The nearest smaller and larger value of one symbol, the others as they are. */
  function changesOf(k, values) {
    const open = data.rules.names.some(names => names.includes(k));
    let sides = [[], []];
    if (!open || data.rules.split) {
      for (const region of rules.regions) {
        if (region.some((set, other) => set && other !== k && !inSet(set, values[other]))) continue;
        const set = region[k] || rules.exact[k];
        if (set) nearestIn(set, values[k]).forEach((x, side) => x !== null && sides[side].push(x));
      }
      sides = [sides[0].reduce((a, b) => a === null || b > a ? b : a, null), sides[1].reduce((a, b) => a === null || b < a ? b : a, null)];
    } else {
      sides = [-1n, 1n].map(way => {
        const beyond = zeros(k, values).map(x => x - way * 64n).filter(x => (x - values[k]) * way > 0n);
        for (const x of [values[k] + way, ...beyond]) {
          const found = scan(k, values, x, way);
          if (found !== null) return found;
        }
        return null;
      });
    }
    return sides.filter(x => x !== null && x !== values[k]).map(x => changed(values, k, x)).filter(allowed);
  }

  /* The nearest smaller and larger sizes, several symbols changed. */
  function together(values) {
    const found = [];
    for (const region of rules.regions) {
      let rows = [[]];
      values.forEach((value, k) => {
        const set = region[k] || rules.exact[k];
        const near = set ? [...new Set(nearestIn(set, value).filter(x => x !== null))] : [value];
        rows = rows.flatMap(row => near.map(x => [...row, x]));
      });
      for (const row of rows) {
        if (allowed(row)) found.push([row.reduce((sum, x, k) => sum + (x > values[k] ? x - values[k] : values[k] - x), 0n), row]);
      }
    }
    found.sort(([a], [b]) => a < b ? -1 : a > b ? 1 : 0);
    const all = test => found.map(([, row]) => row).find(row => row.every((x, k) => test(x, values[k])));
    const either = [all((x, value) => x <= value), all((x, value) => x >= value)].filter(row => row);
    return either.length ? either : found.slice(0, 1).map(([, row]) => row);
  }

  const nearest = given => data.standing.length ? [] : nearestTo(settings(given));

  function nearestTo(values) {
    if (!data.rules.solved) return [];
    if (allowed(values)) return [values];
    const single = values.flatMap((_, k) => changesOf(k, values));
    const seen = new Set();
    return (single.length ? single : together(values)).filter(row => !seen.has(`${row}`) && seen.add(`${row}`));
  }

  function adviceAt(values) {
    const names = data.symbols.map(symbol => symbol.name);
    const changes = nearestTo(values).map(row => names.flatMap((name, k) => row[k] === values[k] ? [] : [[k, row[k]]]));
    if (!changes.length || changes.some(change => !change.length)) return "";
    if (changes.some(change => change.length > 1)) {
      const each = ([k, x]) => `${names[k]} = ${x}`;
      return "nearest valid sizes: " + changes.map(change => change.map(each).join(", ")).join(" or ");
    }
    const rows = new Map();
    for (const [[k, x]] of changes) rows.set(k, [...rows.get(k) || [], x]);
    return [...rows].map(([k, row]) => `nearest valid ${data.symbols[k].words[row.length > 1 ? 1 : 0]}: ${row.join(" and ")}`).join("; or ");
  }

  function compute(given, dtype = data.dtype) {
    const values = settings(given), sizes = evaluate(values), state = states(values, sizes);
    const nominal = BigInt(bitsOf.get(dtype));
    const tensorBytes = tensors.name.map((_, t) => {
      if (state[tensors.node[t]] !== "fits") return null;
      const elements = pick(tensors.elements[t], sizes);
      return elements === null ? null : bytes(elements, tensors.bits[t] ? BigInt(tensors.bits[t]) : nominal);
    });
    const shapes = tensors.name.map((_, t) => state[tensors.node[t]] === "fits" ? tensors.shape[t].map(r => pick(r, sizes)) : null);
    const fields = fieldsAt(shapes, sizes);
    const rows = nodes.name.map((_, i) => row(i, state, sizes, shapes, tensorBytes, nominal, fields[i]));
    const sum = key => rows.reduce((found, each) => each[key] === null ? found : found + each[key], 0n);
    const totals = {};
    for (const key of ["params", "trainable", "frozen", "buffers", "macs", "flops", "weight_bytes", "activation_bytes"]) totals[key] = sum(key);
    const [most, where] = peakOf(tensorBytes);
    totals.peak_activation_bytes = most;
    return {
      valid: fitting(values, sizes),
      complete: !data.lacking && state.every(s => s === "fits"),
      nodes: rows,
      tensors: shapes,
      totals,
      peak: where,
      errors: errorsAt(values, sizes),
      checks: checks.node.map((_, k) => verdict(k, sizes)),
      sizes,
    };
  }

  const fits = given => (values => fitting(values, evaluate(values)))(settings(given));

  function sample(given) {
    const values = settings(given), sizes = evaluate(values), holds = fitting(values, sizes);
    const macs = i => held(i) ? 0n : pick(nodes.macs[i], sizes) ?? 0n;
    return [holds, holds === false ? 0n : nodes.name.reduce((sum, _, i) => sum + macs(i), 0n)];
  }

  return Object.freeze({compute, nearest, fits, sample, size: (reference, result) => pick(reference, result.sizes)});
}
