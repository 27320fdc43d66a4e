"use strict";
/* The picture. vis-network draws the edges and does moving and zooming; nodes are drawn here, so that each kind keeps its
   shape and has its label beside it. Columns and the order within them come with the data; what the filters leave closes
   up. */
const LEGEND = [
  ["study", "study", "triangle", "study"], ["regimen", "regimen", "diamond", "regimen"],
  ["people", "person or group", "dot", "people"], ["parts", "part of a group", "ring", "people"],
  ["neuropathy", "neuropathy", "square", "neuropathy"], ["better", "better", "star", "better"],
  ["stable", "stable or unsplit", "star", "stable"], ["worse", "worse or not better", "star", "worse"],
  ["untold", "no counts", "star", "untold"], ["uncertain", "uncertain", "dashes", "ink"],
];
const HEADINGS = { study: "Study", regimen: "Regimen", people: "People", neuropathy: "Neuropathy treated", response: "Response" };
const FONT = '"Segoe UI", Roboto, "DejaVu Sans", sans-serif';
const LINE = 16;

const nodeOf = new Map(data.picture.nodes.map(node => [node.id, node]));
const partsOf = new Map();
for (const edge of data.picture.edges) if (edge.part) partsOf.set(edge.from, [...(partsOf.get(edge.from) || []), edge.to]);
const inOrder = [...data.picture.nodes].sort((one, two) => one.y - two.y);
const labelBoxes = new Map();
let network = null, visEdges = null, visNodes = null, lit = null, colours = {};

function readColours() {
  const style = getComputedStyle(document.documentElement);
  for (const name of ["ink", "quiet", "page", "line", "halo", ...Object.keys(data.colours)]) {
    colours[name] = style.getPropertyValue("--" + name).trim();
  }
}

function drawMark(ctx, shape, x, y, size) {
  ctx.beginPath();
  if (shape === "dot" || shape === "ring") ctx.arc(x, y, size, 0, 2 * Math.PI);
  else if (shape === "square") ctx.rect(x - size * 0.85, y - size * 0.85, size * 1.7, size * 1.7);
  else {
    const corners = { triangle: 3, diamond: 4, star: 10 }[shape];
    for (let corner = 0; corner < corners; corner++) {
      const radius = shape === "star" && corner % 2 ? size * 0.45 : size * 1.1;
      const angle = -Math.PI / 2 + corner * 2 * Math.PI / corners;
      ctx.lineTo(x + radius * Math.cos(angle), y + radius * Math.sin(angle));
    }
    ctx.closePath();
  }
}

function renderNode({ ctx, id, x, y, state: { selected, hover } }) {
  const node = nodeOf.get(id);
  const dim = lit !== null && !lit.nodes.has(id);
  return {
    drawNode() {
      ctx.save();
      ctx.globalAlpha = dim ? 0.2 : 1;
      drawMark(ctx, node.shape, x, y, node.size);
      ctx.fillStyle = node.hollow ? colours.page : colours[node.colour];
      ctx.fill();
      ctx.strokeStyle = node.hollow ? colours[node.colour] : colours.ink;
      ctx.lineWidth = state.select === id || selected ? 3.5 : hover || node.hollow ? 2.2 : 0.8;
      if (node.uncertain && node.role === "people") ctx.setLineDash([3, 2]);
      ctx.stroke();
      ctx.restore();
    },
    drawExternalLabel() { drawLabel(ctx, node, x, y, dim); },
    nodeDimensions: { width: 2 * node.size, height: 2 * node.size },
  };
}

function drawLabel(ctx, node, x, y, dim) {
  if (!node.label) return;
  const lines = node.label.split("\n");
  const inside = node.role === "people";
  ctx.save();
  ctx.globalAlpha = dim ? 0.25 : 1;
  ctx.font = `${state.select === node.id ? "bold " : ""}${inside ? 12 : 13.5}px ${FONT}`;
  ctx.textBaseline = "middle";
  ctx.textAlign = inside ? "center" : node.role === "study" ? "right" : "left";
  const width = Math.max(...lines.map(line => ctx.measureText(line).width));
  const at = inside ? x : node.role === "study" ? x - node.size - 6 : x + node.size + 6;
  const left = inside ? x - width / 2 : node.role === "study" ? at - width : at;
  const top = y - lines.length * LINE / 2;
  labelBoxes.set(node.id, [left, top, left + width, top + lines.length * LINE]);
  if (!inside) {
    ctx.fillStyle = colours.halo;
    ctx.fillRect(left - 2, top, width + 4, lines.length * LINE);
  }
  ctx.fillStyle = inside && !node.hollow ? "#111" : colours.ink;
  lines.forEach((line, index) => ctx.fillText(line, at, top + LINE * (index + 0.5) + 0.5));
  ctx.restore();
}

function drawHeadings(ctx) {
  ctx.save();
  ctx.font = `600 14px ${FONT}`;
  ctx.fillStyle = colours.quiet;
  for (const [role, heading] of Object.entries(HEADINGS)) {
    const own = data.picture.nodes.find(node => node.role === role);
    if (!own) continue;
    const x = Math.min(...data.picture.nodes.filter(node => node.role === role).map(node => node.x));
    ctx.textAlign = role === "study" ? "right" : "left";
    ctx.fillText(heading, role === "study" ? x + 8 : x - 8, -22);
  }
  ctx.restore();
}

function kindOf(node) {
  if (node.role === "response") return node.colour;
  return node.role === "people" && node.hollow ? "parts" : node.role;
}

/* What the filters and the legend leave, and what the choice lights up. */
function showPicture() {
  readColours();
  const inView = new Set(rowsInView().map(row => row.line));
  // A group stays as long as one of its parts does, even if it had no treatment of its own.
  const used = id => [...linesOf(id)].some(line => inView.has(line)) || (partsOf.get(id) || []).some(used);
  const hidden = new Map(data.picture.nodes.map(node => [node.id, state.hide.has(kindOf(node)) || !used(node.id)]));
  const chosen = linesOf(state.select);
  lit = state.select ? { nodes: new Set([state.select]) } : null;
  const edges = data.picture.edges.map(edge => {
    const sure = edge.lines.filter(line => !state.hide.has("uncertain") || !edge.uncertain.includes(line));
    const out = hidden.get(edge.from) || hidden.get(edge.to) || (edge.lines.length > 0 && !sure.some(line => inView.has(line)));
    const on = lit === null || sure.some(line => chosen.has(line)) || (!edge.lines.length && [edge.from, edge.to].includes(state.select));
    if (lit && on) { lit.nodes.add(edge.from); lit.nodes.add(edge.to); }
    return { edge, out: Boolean(out), on };
  });
  const moved = closeUp(hidden);
  const shown = edges.filter(one => !one.out).length;
  const usual = Math.max(0.25, Math.min(0.8, 1.05 - shown / 260));
  visNodes.update(data.picture.nodes.map(node => ({ id: node.id, hidden: hidden.get(node.id), y: node.y })));
  visEdges.update(edges.map(({ edge, out, on }) => ({
    id: edge.id, hidden: out,
    color: { color: edge.part ? colours.quiet : colours[edge.colour], opacity: lit === null ? usual : on ? 0.95 : 0.07 },
  })));
  if (moved) fitPicture();
  network.redraw();
}

/* Stacks the shown nodes of each column anew, in their own order, the shorter columns spread over the height of the
   tallest. True if anything moved. */
function closeUp(hidden) {
  const columns = {};
  for (const node of inOrder) if (!hidden.get(node.id)) (columns[node.role] ||= []).push(node);
  const heights = Object.values(columns).map(column => column.reduce((sum, node) => sum + node.height, 0));
  const tallest = Math.max(0, ...heights);
  let moved = false;
  Object.values(columns).forEach((column, index) => {
    const spare = (tallest - heights[index]) / (column.length + 1);
    let y = 0;
    for (const node of column) {
      y += spare + node.height / 2;
      const place = Math.round(y);
      if (place !== node.y) { node.y = place; moved = true; }
      y += node.height / 2;
    }
  });
  return moved;
}

function fitPicture() {
  const nodes = data.picture.nodes.filter(node => !visNodes.get(node.id).hidden);
  const holder = document.getElementById("network");
  if (!nodes.length) return;
  const left = -132, right = Math.max(...nodes.map(node => node.x)) + 172;
  const top = -42, bottom = Math.max(...nodes.map(node => node.y)) + 34;
  const narrow = holder.clientWidth < 640;
  // On a small screen labels stay legible and the picture is dragged; a margin is left by which the page can be.
  const scale = Math.min(1.15, Math.max(narrow ? 0.72 : 0.5, holder.clientWidth / (right - left)));
  const height = Math.round(Math.min(narrow ? innerHeight * 0.7 : 1500, Math.max(300, (bottom - top) * scale)));
  if (holder.clientHeight !== height) { holder.style.height = height + "px"; network.setSize("100%", height + "px"); }
  const width = Math.min(right - left, holder.clientWidth / scale);
  network.moveTo({ scale, position: { x: left + width / 2, y: Math.min((top + bottom) / 2, top + height / scale / 2) }, animation: false });
}

function nodeAtLabel({ x, y }) {
  for (const [id, [left, top, right, bottom]] of labelBoxes) {
    if (x >= left && x <= right && y >= top && y <= bottom && !visNodes.get(id).hidden) return id;
  }
  return null;
}

function whatIsAt(event) {
  const node = network.getNodeAt(event.pointer.DOM) || nodeAtLabel(event.pointer.canvas);
  if (node) return node;
  const edge = network.getEdgeAt(event.pointer.DOM);
  if (edge === undefined) return "";
  const [line, ...others] = linesOf(edge);
  return line && !others.length ? line : edge;
}

function walk(event) {
  const node = nodeOf.get(state.select);
  const step = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] }[event.key];
  if (event.key === "Enter" && state.select) { document.getElementById("details-heading").focus(); return; }
  if (!step) return;
  event.preventDefault();
  const shown = data.picture.nodes.filter(one => !visNodes.get(one.id).hidden);
  if (!node || visNodes.get(node.id).hidden) { if (shown.length) choose(shown[0].id, false); return; }
  const roles = Object.keys(HEADINGS);
  const role = roles[roles.indexOf(node.role) + step[0]];
  const column = shown.filter(one => one.role === role).sort((one, two) => one.y - two.y);
  const lines = linesOf(node.id);
  const next = step[0]
    ? column.filter(one => [...linesOf(one.id)].some(line => lines.has(line)))
      .sort((one, two) => Math.abs(one.y - node.y) - Math.abs(two.y - node.y))[0]
    : column[column.findIndex(one => one.id === node.id) + step[1]];
  if (next) choose(next.id, false);
}

function startPicture() {
  const holder = document.getElementById("network");
  readColours();
  visNodes = new vis.DataSet(data.picture.nodes.map(node => (
    { id: node.id, x: node.x, y: node.y, size: node.size, shape: "custom", ctxRenderer: renderNode })));
  visEdges = new vis.DataSet(data.picture.edges.map(edge => ({
    id: edge.id, from: edge.from, to: edge.to, width: edge.part ? 1.5 : edge.width,
    dashes: edge.part ? [1, 3] : edge.lines.length > 0 && edge.uncertain.length === edge.lines.length ? [6, 4] : false,
    selectionWidth: 0, hoverWidth: 0, chosen: false })));
  network = new vis.Network(holder, { nodes: visNodes, edges: visEdges }, data.picture.options);
  network.on("beforeDrawing", drawHeadings);
  network.on("click", event => choose(whatIsAt(event), false));
  network.on("hoverNode", event => { document.getElementById("hovered").textContent = hoverText(event.node); });
  network.on("hoverEdge", event => {
    const [line, ...others] = linesOf(event.edge);
    const told = others.length ? `${data.objects[event.edge].title}: ${others.length + 1} lines of treatment` : line && data.objects[line].title;
    if (told) document.getElementById("hovered").textContent = told;
  });
  holder.addEventListener("keydown", walk);
  // The wheel scrolls the page; with Ctrl it zooms the picture.
  holder.addEventListener("wheel", event => { if (!event.ctrlKey && !event.metaKey) event.stopPropagation(); }, { capture: true });
  const zoom = factor => network.moveTo({ scale: network.getScale() * factor, animation: false });
  document.getElementById("zoom-in").addEventListener("click", () => zoom(1.25));
  document.getElementById("zoom-out").addEventListener("click", () => zoom(0.8));
  document.getElementById("zoom-fit").addEventListener("click", fitPicture);
  let width = holder.clientWidth;
  new ResizeObserver(() => { if (holder.clientWidth !== width) { width = holder.clientWidth; fitPicture(); } }).observe(holder);
}

function hoverText(id) {
  const thing = data.objects[id];
  const size = thing.facts.find(fact => fact[0] === "Number of people");
  return `${ROLE_WORDS[thing.role]}: ${thing.title}${size ? ` (${size[1]})` : ""}`;
}

function startLegend() {
  const legend = document.getElementById("legend");
  const counts = {};
  for (const node of data.picture.nodes) counts[kindOf(node)] = (counts[kindOf(node)] || 0) + 1;
  for (const [kind, words, shape, colour] of LEGEND) {
    if (kind !== "uncertain" && !counts[kind]) continue;
    const canvas = element("canvas", { width: 36, height: 36, "aria-hidden": "true", "data-shape": shape, "data-colour": colour });
    canvas.style.width = canvas.style.height = "18px";
    const button = element("button", { type: "button", "data-kind": kind }, canvas, words + (counts[kind] ? ` (${counts[kind]})` : ""));
    button.addEventListener("click", () => {
      const hide = new Set(state.hide);
      if (!hide.delete(kind)) hide.add(kind);
      change({ hide });
    });
    legend.append(element("li", {}, button));
  }
}

function showLegend() {
  for (const button of document.querySelectorAll("#legend button")) {
    button.setAttribute("aria-pressed", String(!state.hide.has(button.getAttribute("data-kind"))));
    const canvas = button.querySelector("canvas");
    const ctx = canvas.getContext("2d");
    const shape = canvas.getAttribute("data-shape"), colour = colours[canvas.getAttribute("data-colour")];
    ctx.clearRect(0, 0, 36, 36);
    ctx.lineWidth = shape === "ring" || shape === "dashes" ? 4 : 1.5;
    ctx.strokeStyle = shape === "ring" || shape === "dashes" ? colour : colours.ink;
    if (shape === "dashes") {
      ctx.setLineDash([8, 5]);
      ctx.beginPath(); ctx.moveTo(1, 18); ctx.lineTo(35, 18); ctx.stroke();
      continue;
    }
    drawMark(ctx, shape, 18, 18, 13);
    ctx.fillStyle = shape === "ring" ? colours.page : colour;
    ctx.fill();
    ctx.stroke();
  }
}
