"use strict";
/* The page can be read without this: it adds sorting and a choice of theme. */
(() => {
  const number = (cell) => {
    const text = cell.dataset.sort;
    return text === undefined || text === "" ? NaN : Number(text);
  };
  const compare = (a, b) => {
    const x = number(a), y = number(b);
    if (!Number.isNaN(x) || !Number.isNaN(y)) {
      return (Number.isNaN(x) ? Infinity : x) - (Number.isNaN(y) ? Infinity : y);
    }
    return a.textContent.localeCompare(b.textContent, "en", {numeric: true});
  };
  const sort = (table, column, heading) => {
    const up = heading.getAttribute("aria-sort") !== "ascending";
    const rows = [...table.tBodies[0].rows];
    rows.sort((a, b) => (up ? 1 : -1) * compare(a.cells[column], b.cells[column]));
    table.tBodies[0].append(...rows);
    for (const other of heading.parentElement.cells) {
      other.removeAttribute("aria-sort");
    }
    heading.setAttribute("aria-sort", up ? "ascending" : "descending");
  };
  for (const table of document.querySelectorAll("table")) {
    const row = table.tHead && table.tHead.rows[0];
    [...(row ? row.cells : [])].forEach((heading, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = heading.textContent;
      button.addEventListener("click", () => sort(table, column, heading));
      heading.replaceChildren(button);
    });
  }
  const root = document.documentElement;
  const list = document.querySelector("nav ul");
  const dark = () => (root.dataset.theme ? root.dataset.theme === "dark"
    : matchMedia("(prefers-color-scheme: dark)").matches);
  const item = document.createElement("li");
  const theme = document.createElement("button");
  theme.type = "button";
  theme.className = "theme";
  const say = () => { theme.textContent = dark() ? "Light" : "Dark"; };
  theme.addEventListener("click", () => {
    root.dataset.theme = dark() ? "light" : "dark";
    say();
  });
  say();
  item.append(theme);
  list.append(item);
})();
