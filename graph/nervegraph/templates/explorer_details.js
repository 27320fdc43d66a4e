"use strict";
/* The details of the thing chosen, and the search that finds things. */
const ROLE_WORDS = {
  study: "study", regimen: "regimen", people: "people", neuropathy: "neuropathy", response: "response",
  line: "line of treatment", edge: "step",
};

function plain(text) { return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase(); }

/* The title of a chosen thing is the heading of the panel, so that a screen reader lands on it. */
function showDetails() {
  const heading = document.getElementById("details-heading");
  const body = document.getElementById("details-body");
  const chosen = state.select ? data.objects[state.select] : null;
  if (!chosen) {
    heading.textContent = "Details";
    body.replaceChildren(element("p", {}, "Choose a node, a line of the picture, a search result or a row of the table."));
    return;
  }
  heading.textContent = chosen.title;
  const facts = element("dl");
  for (const [name, telling] of chosen.facts) facts.append(element("dt", {}, name), element("dd", {}, telling));
  const parts = [element("p", { className: "kind" }, ROLE_WORDS[chosen.role])];
  if (chosen.links.length) {
    parts.push(element("ul", { className: "lines" }, ...chosen.links.map(one => element("li", {}, link(one.href, one.text)))));
  }
  parts.push(facts);
  if (chosen.role === "line") {
    const row = data.rows.find(one => one.line === state.select);
    const button = element("button", { type: "button" }, "All about " + row.study);
    button.addEventListener("click", () => choose(row.study_id, true));
    parts.push(button);
  } else parts.push(...listOfLines());
  body.replaceChildren(...parts);
}

function listOfLines() {
  const lines = linesOf(state.select);
  const inView = new Set(rowsInView().map(row => row.line));
  const list = element("ul", { className: "lines" });
  for (const line of lines) {
    const rows = data.rows.filter(row => row.line === line);
    const counted = rows.find(row => !whyNotCounted(row)) || rows[0];
    const button = element("button", { type: "button" },
      `${counted.study}: ${counted.who} (${counted.n}), ${counted.regimen}` +
      (counted.treatment ? ` [${counted.treatment}]` : "") + `, ${counted.neuropathy}: ${counted.outcome}`);
    if (!inView.has(line)) button.append(element("small", { className: "quiet" }, " (outside the filters)"));
    button.addEventListener("click", () => choose(line, true));
    list.append(element("li", {}, button));
  }
  return [element("h3", {}, `Lines of treatment (${lines.size})`), list];
}

/* Choose a thing; from the keyboard the reader is taken to its details. */
function choose(id, moveThere) {
  change({ select: id });
  if (moveThere) document.getElementById("details-heading").focus();
  else if (id && matchMedia("(max-width: 60rem)").matches) document.getElementById("details").scrollIntoView({ block: "nearest" });
}

const searchIndex = Object.entries(data.objects)
  .filter(([, thing]) => thing.role !== "line" && thing.role !== "edge")
  .map(([id, thing]) => ({
    id, thing, title: plain(thing.title), others: thing.synonyms.map(word => [word, plain(word)]),
    authors: plain(thing.facts.filter(fact => ["Authors", "Title"].includes(fact[0])).map(fact => fact[1]).join(" ")),
  }));

/* Things whose name, synonyms, ids or authors hold every word; the best match first, each with why it matched. */
function find(text) {
  const words = plain(text).split(/\s+/).filter(Boolean);
  if (!words.length) return [];
  const found = [];
  for (const entry of searchIndex) {
    const holds = where => words.every(word => where.includes(word));
    const other = entry.others.find(([, where]) => holds(where));
    if (holds(entry.title)) found.push({ ...entry, rank: entry.title.startsWith(words[0]) ? 0 : 1, why: "" });
    else if (other) found.push({ ...entry, rank: 2, why: other[0] });
    else if (holds(entry.authors)) found.push({ ...entry, rank: 3, why: "authors or title" });
  }
  const order = Object.keys(ROLE_WORDS);
  const place = entry => entry.rank * 10 + order.indexOf(entry.thing.role);
  return found.sort((one, two) => place(one) - place(two) || one.title.length - two.title.length);
}

function startSearch() {
  const input = document.getElementById("search");
  const list = document.getElementById("found");
  const count = document.getElementById("found-count");
  const close = () => { list.hidden = true; list.replaceChildren(); };
  const pick = id => { close(); input.value = ""; count.textContent = ""; choose(id, true); };
  input.addEventListener("input", () => {
    const found = find(input.value);
    list.replaceChildren(...found.slice(0, 12).map(entry => {
      const button = element("button", { type: "button" }, entry.thing.title, " ",
        element("small", {}, ROLE_WORDS[entry.thing.role] + (entry.why ? ", found by: " + entry.why : "")));
      button.addEventListener("click", () => pick(entry.id));
      return element("li", {}, button);
    }));
    list.hidden = !found.length;
    count.textContent = input.value.trim() ? `${found.length} found` : "";
  });
  input.addEventListener("keydown", event => {
    const first = list.querySelector("button");
    if (event.key === "Enter" && first) { event.preventDefault(); first.click(); }
    if (event.key === "ArrowDown" && first) { event.preventDefault(); first.focus(); }
  });
  list.addEventListener("keydown", event => {
    const buttons = [...list.querySelectorAll("button")];
    const next = buttons.indexOf(document.activeElement) + { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (Number.isNaN(next)) return;
    event.preventDefault();
    (buttons[next] || (next < 0 ? input : buttons[buttons.length - 1])).focus();
  });
  document.addEventListener("click", event => { if (!event.target.closest(".search")) close(); });
  return close;
}
