"use strict";
/* The table twin: every line of evidence as text, sortable, following the same filters as the picture. */
const COLUMNS = [
  ["study", "Study"], ["who", "Who"], ["n", "People"], ["regimen", "Regimen"], ["neuropathy", "Neuropathy treated"],
  ["measured", "Measured"], ["outcome", "Outcome"], ["counted", "Counted?"], ["origin", "Read in"],
];

const tableRows = new Map();

function cellOf(row, column, heading) {
  if (column === "study") {
    const button = element("button", { type: "button", "aria-label": `Details of ${row.study}, ${row.who}, ${row.regimen}` }, row.study);
    button.addEventListener("click", () => choose(row.line, true));
    const cell = element("th", { scope: "row", "data-heading": heading }, button);
    if (row.href) {
      const article = link(row.href, "article");
      if (article.setAttribute) article.setAttribute("aria-label", `Article of ${row.study}, in a new window`);
      cell.append(element("div", {}, article));
    }
    return cell;
  }
  const cell = element("td", { className: column === "n" ? "number" : column, "data-heading": heading });
  if (column === "outcome") cell.append(element("div", {}, row.outcome, dotsOf(row)));
  else if (column === "regimen") {
    cell.append(element("div", {}, row.regimen,
      row.beside ? element("div", { className: "quiet" }, "in the background: " + row.beside) : "",
      row.treatment ? element("div", { className: "quiet" }, `treatment \u201c${row.treatment}\u201d`) : ""));
  } else if (column !== "counted") cell.append(row[column]);
  return cell;
}

/* One dot for each person with a told response, so that one person never looks like a whole. People in remission or
   partly improved beside a count of improved people are some of these, not more people. What is no response of the nerve
   has no dots. */
function dotsOf(row) {
  if (!row.nerve) return "";
  const counts = Object.entries(row.counts).filter(([response]) =>
    !("improved" in row.counts && ["remission", "partly-improved"].includes(response)));
  const people = counts.flatMap(([response, n]) => Array(n).fill(RESPONSE_FAMILIES[response] || "untold"));
  if (!people.length || people.length > 80) return "";
  return element("span", { className: "strip", "aria-hidden": "true" }, ...people.map(family => element("i", { className: family })));
}

function startTable() {
  const headings = document.getElementById("headings");
  for (const [column, heading] of COLUMNS) {
    const button = element("button", { type: "button" }, heading);
    button.addEventListener("click", () => change({ sort: `${column}:${state.sort === column + ":up" ? "down" : "up"}` }));
    headings.append(element("th", { scope: "col", "data-column": column }, button));
  }
  for (const row of data.rows) {
    tableRows.set(row, element("tr", { "data-row": row.id, "data-counts": JSON.stringify(row.counts) },
      ...COLUMNS.map(([column, heading]) => cellOf(row, column, heading))));
  }
}

function sortValue(row, column) {
  if (column === "n") return row.size === null ? -1 : row.size;
  return column === "counted" ? whyNotCounted(row) : row[column];
}

function showTable() {
  const rows = new Set(rowsInView());
  const chosen = linesOf(state.select);
  const [column, direction] = state.sort.split(":");
  const sorted = [...data.rows];
  if (column) {
    const sign = direction === "down" ? -1 : 1;
    sorted.sort((one, two) => {
      const a = sortValue(one, column), b = sortValue(two, column);
      return sign * (typeof a === "number" ? a - b : String(a).localeCompare(String(b), "en"));
    });
  }
  const body = document.getElementById("rows");
  body.replaceChildren(...sorted.map(row => tableRows.get(row)));
  for (const [row, line] of tableRows) {
    line.hidden = !rows.has(row);
    const why = whyNotCounted(row);
    line.querySelector("td.counted").textContent = why ? "no: " + why : "counted";
    if (chosen.has(row.line)) line.setAttribute("aria-current", "true"); else line.removeAttribute("aria-current");
  }
  for (const heading of document.getElementById("headings").children) {
    const own = heading.getAttribute("data-column") === column;
    if (own) heading.setAttribute("aria-sort", direction === "down" ? "descending" : "ascending");
    else heading.removeAttribute("aria-sort");
  }
  document.getElementById("none").hidden = rows.size > 0;
  const studies = new Set([...rows].map(row => row.study_id)).size;
  const { total, unknown, atLeast } = countPeople([...rows]);
  const people = `${atLeast ? "at least " : ""}${total} people described, nobody twice` +
    (unknown ? `, and ${unknown} ${unknown === 1 ? "group" : "groups"} of unknown size` : "");
  const told = `${rows.size} of ${data.rows.length} lines of evidence, ${studies} ${studies === 1 ? "study" : "studies"}, ${people}`;
  document.getElementById("evidence-caption").textContent = told;
  document.getElementById("status").textContent = "Shown: " + told + ".";
}
