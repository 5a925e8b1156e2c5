// Numbers as the command line writes them: three digits with a unit, halves rounded up, thousands apart.
const COUNTS = ["", "K", "M", "G", "T", "P", "E"];
const BYTES = [" B", " KiB", " MiB", " GiB", " TiB", " PiB", " EiB"];

function short(value, base, units) {
  const n = BigInt(value);
  if (n < 0n) return "-" + short(-n, base, units);
  const big = BigInt(base);
  if (n < big) return n + units[0];
  for (let power = 1; power < units.length; power++) {
    const step = big ** BigInt(power);
    for (const decimals of [2, 1, 0]) {
      const ten = 10n ** BigInt(decimals);
      const scaled = (2n * n * ten + step) / (2n * step);
      if (scaled >= 1000n) continue;
      const rest = decimals ? "." + String(scaled % ten).padStart(decimals, "0") : "";
      return scaled / ten + rest + units[power];
    }
    const whole = (2n * n + step) / (2n * step);
    if (whole < big) return whole + units[power];
  }
  const step = big ** BigInt(units.length - 1);
  return exact((2n * n + step) / (2n * step)) + units.at(-1);
}

const countText = (n) => short(n, 1000, COUNTS);
const bytesText = (n) => short(n, 1024, BYTES);
const exact = (n) => String(n).replace(/\B(?=(\d{3})+(?!\d))/g, ",");

// An element with attributes and children; a text is only ever text.
function make(tag, attributes = {}, ...children) {
  const svg = SVG_TAGS.has(tag);
  const node = svg ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value !== false && value != null) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child != null && child !== false));
  return node;
}
const SVG_TAGS = new Set(["svg", "g", "rect", "circle", "path", "text", "line", "title", "defs", "marker", "pattern"]);
const at = (id) => document.getElementById(id);

// Writes a text where it changed: most of an update leaves most texts as they are.
function put(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

// A name of which the beginning gives way where there is no room: its end says more.
function named(name, full = name) {
  const cut = name.lastIndexOf(".", name.lastIndexOf(".") - 1) + 1;
  return make("span", { class: "long", title: full }, make("span", {}, name.slice(0, cut)), make("span", {}, name.slice(cut)));
}
