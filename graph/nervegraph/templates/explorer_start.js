"use strict";
/* Puts the parts together: filters, theme, keys, and the view that the address asks for. */
for (const name of FILTERS) {
  const select = document.getElementById("filter-" + name);
  for (const [value, words, n] of data.filters[name]) select.append(element("option", { value }, `${words} (${n})`));
  select.addEventListener("change", () => change({ [name]: select.value }));
}

function showFilters() {
  for (const name of FILTERS) document.getElementById("filter-" + name).value = state[name];
}

const darkByDefault = matchMedia("(prefers-color-scheme: dark)");

function isDark() { return state.theme ? state.theme === "dark" : darkByDefault.matches; }

function showTheme() {
  if (state.theme) document.documentElement.setAttribute("data-theme", state.theme);
  else document.documentElement.removeAttribute("data-theme");
  document.getElementById("theme").setAttribute("aria-pressed", String(isDark()));
}

const closeSearch = startSearch();
startTable();
startPicture();
startLegend();
onChange(showTheme);
onChange(showFilters);
onChange(showTable);
onChange(showPicture);
onChange(showLegend);
onChange(showDetails);

document.getElementById("theme").addEventListener("click", () => change({ theme: isDark() ? "light" : "dark" }));
darkByDefault.addEventListener("change", () => change({}));

function clear() {
  document.getElementById("search").value = "";
  closeSearch();
  change({ drug: "", neuropathy: "", response: "", design: "", hide: new Set(), select: "", sort: "" });
}
document.getElementById("clear").addEventListener("click", clear);
document.addEventListener("keydown", event => {
  if (event.key === "Escape") {
    const search = document.getElementById("search");
    if (search.value) { search.value = ""; search.focus(); closeSearch(); } else clear();
  }
  const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName);
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    document.getElementById("search").focus();
  }
});
// The skip link has an address of its own, which is no view.
addEventListener("hashchange", () => { if (location.hash !== "#evidence") change(readAddress()); });
change(readAddress());
fitPicture();
document.documentElement.setAttribute("data-ready", "true");
