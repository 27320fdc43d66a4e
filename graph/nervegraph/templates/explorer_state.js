"use strict";
/* What is shown: filters, hidden kinds, the thing chosen, the order of the table. All of it stands in the address after
   the #, so that an address is a view. Other parts of the page register with `onChange` and draw what they find here. */
const data = JSON.parse(document.getElementById("data").textContent);

const state = { drug: "", neuropathy: "", response: "", design: "", hide: new Set(), select: "", sort: "", theme: "" };
const FILTERS = ["drug", "neuropathy", "response", "design"];
const listeners = [];

function onChange(listener) { listeners.push(listener); }

function change(patch) {
  Object.assign(state, patch);
  const address = writeAddress();
  // In a frame of a notebook the address cannot be written; the view does without.
  if (address !== location.hash && location.protocol !== "about:") history.replaceState(null, "", address || "#");
  for (const listener of listeners) listener(state);
}

function writeAddress() {
  const parts = new URLSearchParams();
  for (const name of [...FILTERS, "select", "sort", "theme"]) if (state[name]) parts.set(name, state[name]);
  if (state.hide.size) parts.set("hide", [...state.hide].sort().join(","));
  const text = parts.toString();
  return text ? "#" + text : "";
}

function readAddress() {
  const parts = new URLSearchParams(location.hash.slice(1));
  const known = (name, value) => data.filters[name].some(choice => choice[0] === value);
  const found = {};
  for (const name of FILTERS) found[name] = known(name, parts.get(name)) ? parts.get(name) : "";
  found.select = Object.hasOwn(data.objects, parts.get("select") || "") ? parts.get("select") : "";
  found.sort = /^[a-z]+:(up|down)$/.test(parts.get("sort") || "") ? parts.get("sort") : "";
  found.theme = ["light", "dark"].includes(parts.get("theme")) ? parts.get("theme") : "";
  found.hide = new Set((parts.get("hide") || "").split(",").filter(Boolean));
  return found;
}

function rowsInView() {
  return data.rows.filter(row =>
    (!state.drug || row.drugs.includes(state.drug)) &&
    (!state.neuropathy || row.neuropathies.includes(state.neuropathy)) &&
    (!state.response || row.responses.includes(state.response)) &&
    (!state.design || row.design === state.design));
}

/* Why a row is not counted when the question is about the drug and the neuropathy chosen; empty where it is counted. The
   same steps as in evidence_lines.py: what speaks against the row itself, then whether its people are counted already
   in a larger group or for an earlier treatment with the same drug. */
function whyNotCounted(row) {
  if (!state.drug && !state.neuropathy) return row.why;
  if (row.own) return row.own;
  if (state.drug && !row.classes.includes(state.drug)) return "only part of the group had this drug";
  const asked = data.rows.filter(other => !other.own && other !== row &&
    (!state.neuropathy || other.neuropathies.includes(state.neuropathy)));
  let left = state.drug ? [state.drug] : row.whole;
  const without = counted => left.filter(drug => !counted.some(other => other.classes.includes(drug)));
  for (const group of data.people[row.people].within) {
    left = without(asked.filter(other => other.people === group));
    if (!left.length) return `counted within \u201c${data.people[group].label}\u201d`;
  }
  const earlier = asked.filter(other => other.people === row.people && row.order !== null && other.order !== null &&
    other.order < row.order);
  return without(earlier).length ? "" : "later treatment of people counted for an earlier one";
}

/* The lines of treatment that a thing takes part in: a line itself, an edge's lines, or every line through a node. */
const linesOfThing = new Map();
function addLines(id, lines) {
  if (!linesOfThing.has(id)) linesOfThing.set(id, new Set());
  for (const line of lines) linesOfThing.get(id).add(line);
}
for (const edge of data.picture.edges) {
  for (const id of [edge.id, edge.from, edge.to]) addLines(id, edge.lines);
  const titles = [edge.from, edge.to].map(end => data.objects[end].title);
  data.objects[edge.id] = { role: "edge", title: titles.join(" \u2192 "), facts: [], links: [], synonyms: [] };
}

function linesOf(id) {
  if (!id) return new Set();
  return data.objects[id].role === "line" ? new Set([id]) : linesOfThing.get(id) || new Set();
}

/* How many people the rows speak of, nobody twice: a group that stands inside another one shown adds nothing, and parts
   that may share people count as their largest. Returns the number and how many sizes are unknown. */
function countPeople(rows) {
  const shown = new Set(rows.map(row => row.people));
  const overlapping = new Map();
  let total = 0, unknown = 0, atLeast = false;
  for (const key of shown) {
    const people = data.people[key];
    if (people.within.some(group => shown.has(group))) continue;
    if (people.size === null) unknown += 1;
    else if (people.disjoint) total += people.size;
    else {
      const group = people.within[0];
      atLeast = atLeast || overlapping.has(group);
      overlapping.set(group, Math.max(people.size, overlapping.get(group) || 0));
    }
  }
  for (const size of overlapping.values()) total += size;
  return { total, unknown, atLeast };
}

const RESPONSE_FAMILIES = {
  remission: "better", improved: "better", "partly-improved": "better",
  "improved-or-stable": "stable", stable: "stable", "not-improved": "worse", worsened: "worse",
};

function element(name, properties, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties || {})) {
    if (key in made && key !== "list") made[key] = value; else made.setAttribute(key, value);
  }
  for (const child of children) if (child !== null && child !== "") made.append(child);
  return made;
}

/* Links lead to articles only: http or https, in a window that knows nothing of this page. */
function link(href, text) {
  let address = null;
  try { address = new URL(href); } catch (error) { return document.createTextNode(text); }
  if (address.protocol !== "https:" && address.protocol !== "http:") return document.createTextNode(text);
  return element("a", { href: address.href, rel: "noopener noreferrer", target: "_blank" }, text);
}
