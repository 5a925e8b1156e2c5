function liveModel(data, evaluate) {
  "use strict";
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

  /* Broken where a condition of its own is violated, unknown behind such a node. */
  function states(sizes) {
    const state = new Array(count);
    for (let i = 0; i < count; i++) {
      const above = nodes.inputs[i].map(t => t < 0 ? "fits" : state[tensors.node[t]]);
      const violated = k => verdict(k, sizes) === false && (checks.guard[k] < 0 || state[checks.guard[k]] === "fits");
      state[i] = above.some(s => s !== "fits") ? "unknown"
        : nodes.flags[i] & NEVER || checksOf[i].some(violated) ? "broken" : "fits";
    }
    return state;
  }

  function row(i, state, sizes, tensorBytes, nominal) {
    const flags = nodes.flags[i], fits = state[i] === "fits";
    const fixed = nodes.params[i] < -1 && nodes.buffers[i] < -1;
    const owned = value => flags & SHARES ? 0n : fits || fixed ? value : null;
    const params = owned(pick(nodes.params[i], sizes)), odd = owned(pick(nodes.odd[i], sizes));
    const bits = fits && nodes.bits[i] ? BigInt(nodes.bits[i]) : nodes.bits[i] < 0 ? BigInt(-nodes.bits[i]) : nominal;
    const macs = flags & HELD ? 0n : fits ? pick(nodes.macs[i], sizes) : null;
    let activation = flags & ACTIVATION ? null : 0n;
    if (fits && flags & ACTIVATION) activation = nodes.outputs[i].reduce((sum, t) => sum + tensorBytes[t], 0n);
    const field = fits && nodes.field[i] >= 0 ? data.fields[nodes.field[i]] : null;
    return {
      state: state[i],
      outputs: fits ? nodes.outputs[i].map(t => tensors.shape[t].map(r => pick(r, sizes))) : null,
      params,
      trainable: params === null ? null : flags & FROZEN ? 0n : params,
      frozen: params === null ? null : flags & FROZEN ? params : 0n,
      buffers: owned(pick(nodes.buffers[i], sizes)),
      macs,
      flops: macs === null ? null : 2n * macs,
      weight_bytes: params === null ? null : bits % 8n ? (params + odd) * bits / 8n : bytes(params, bits),
      activation_bytes: activation,
      field: field && {
        size: field[0].map(r => pick(r, sizes)),
        stride: field[1].map(r => pick(r, sizes)),
        offset: field[2].map(r => pick(r, sizes)),
        status: field[3],
      },
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

  function errorOf(k, values, sizes, advice) {
    const node = checks.node[k], fault = faults[checks.fault[k]];
    const left = pick(checks.left[k], sizes), right = pick(checks.right[k], sizes);
    const stretched = fault.stretch && (left === 1n || right === 1n);
    const fix = words(fault.fix, sizes);
    return {
      node, layer: nodes.name[node], code: fault.code,
      message: words(stretched ? fault.stretch : fault.message, sizes),
      rule: fault.rule,
      fix: advice && fix && !stretched ? `${advice}\nor ${fix}` : advice || (stretched ? "" : fix),
    };
  }

  function errorsAt(values, sizes) {
    const outside = values.flatMap((v, k) => v >= 1n && v <= largest ? [] : [outOfRange(k, v)]);
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
    const advice = first.size ? adviceAt(values, sizes) : "";
    const found = [...first].filter(([node]) => !behind.has(node)).map(([, k]) => errorOf(k, values, sizes, advice));
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

  function outOfRange(k, value) {
    const name = data.symbols[k].name;
    const message = value < 1n ? `${name} = ${value}: a size is at least 1` : `${name} has more than 100 digits`;
    return {node: data.symbols[k].node, layer: nodes.name[data.symbols[k].node], code: "CS203", message,
      rule: "a size is a whole number of at least 1, with at most 100 digits", fix: `${name} = 1`};
  }

  function outsideAssumed(sizes) {
    return data.assumed.filter(({any}) => !any.some(all => all.every(([r, intervals]) => within(pick(r, sizes), intervals))))
      .map(({text}) => ({node: -1, layer: "", code: "CS216", message: `these sizes are not what is assumed: ${text}`, rule: `assumed: ${text}`, fix: "sizes that are assumed"}));
  }

  function inSet([head, start, period, residues], x) {
    if (x < BigInt(start)) return head.some(([low, high]) => BigInt(low) <= x && x <= BigInt(high));
    return residues.includes(Number(x % BigInt(period)));
  }

  const MOST = 4096;

  function nearest(given) {
    const values = settings(given);
    const fits = changed => fitting(changed, evaluate(changed)) !== false;
    if (data.standing.length || fits(values)) return data.standing.length ? [] : [values];
    const found = [];
    values.forEach((value, k) => {
      for (const way of [-1n, 1n]) {
        const set = data.sets[data.symbols[k].name];
        for (let step = 1, x = value + way; step <= MOST && x >= 1n; step++, x += way) {
          if (set && !inSet(set, x)) continue;
          const changed = values.map((v, other) => other === k ? x : v);
          if (!fits(changed)) continue;
          found.push(changed);
          break;
        }
      }
    });
    return found;
  }

  function adviceAt(values, sizes) {
    const near = nearest(values);
    const parts = data.symbols.flatMap(({name, words: [one, many]}, k) => {
      const row = near.filter(changed => changed[k] !== values[k]).map(changed => String(changed[k]));
      return row.length ? [`nearest valid ${row.length > 1 ? many : one}: ${row.join(" and ")}`] : [];
    });
    return parts.join("; or ");
  }

  function compute(given, dtype = data.dtype) {
    const values = settings(given), sizes = evaluate(values), state = states(sizes);
    const nominal = BigInt(bitsOf.get(dtype));
    const tensorBytes = tensors.name.map((_, t) => {
      if (state[tensors.node[t]] !== "fits") return null;
      const elements = pick(tensors.elements[t], sizes);
      return elements === null ? null : bytes(elements, tensors.bits[t] ? BigInt(tensors.bits[t]) : nominal);
    });
    const rows = nodes.name.map((_, i) => row(i, state, sizes, tensorBytes, nominal));
    const sum = key => rows.reduce((found, each) => each[key] === null ? found : found + each[key], 0n);
    const totals = {};
    for (const key of ["params", "trainable", "frozen", "buffers", "macs", "flops", "weight_bytes", "activation_bytes"]) totals[key] = sum(key);
    const [most, where] = peakOf(tensorBytes);
    totals.peak_activation_bytes = most;
    return {
      valid: fitting(values, sizes),
      complete: !data.lacking && state.every(s => s === "fits"),
      nodes: rows,
      tensors: tensors.name.map((_, t) => state[tensors.node[t]] === "fits" ? tensors.shape[t].map(r => pick(r, sizes)) : null),
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
