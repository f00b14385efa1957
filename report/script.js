"use strict";
/* The page can be read without this: it adds sorting, numbers relative to one
   line, values under the pointer and a choice of theme. */
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
  const times = (value) => (Number.isFinite(value) ? (value >= 100
    ? Math.round(value) : Number(value.toPrecision(3))) + " \u00d7" : "");
  const choice = (table, label, bases, show) => {
    const select = document.createElement("select");
    select.append(new Option("as measured", ""));
    for (const base of bases) {
      select.append(new Option("relative to " + base, base));
    }
    select.addEventListener("change", () => show(select.value));
    const box = document.createElement("label");
    box.className = "choice";
    box.append(label, select);
    (table.closest(".scroll") || table).before(box);
  };
  const put = (cell, base, divisor) => {
    if (cell.dataset.text === undefined) {
      cell.dataset.text = cell.textContent;
    }
    cell.textContent = base === "" ? cell.dataset.text
      : times(number(cell) / divisor);
  };
  /* The numbers of a chart by those of one line at the same place. */
  const relativeToLine = (table) => {
    const heads = [...table.tHead.rows[0].cells];
    const at = (key) => heads.findIndex((cell) => cell.dataset.column === key);
    const among = (...keys) => keys.map(at).filter((i) => i >= 0);
    const rows = [...table.tBodies[0].rows];
    const line = at("line"), value = at("value"), keys = among("panel", "x");
    const numbers = among("value", "low", "high");
    const lineOf = (row) => row.cells[line].textContent;
    const place = (row) => keys.map((i) => row.cells[i].textContent).join("\n");
    const bases = line < 0 || value < 0 ? [] : [...new Set(rows.map(lineOf))];
    if (bases.length < 2) {
      return;
    }
    choice(table, "Numbers ", bases, (base) => {
      const divisors = new Map(rows.filter((row) => lineOf(row) === base)
        .map((row) => [place(row), number(row.cells[value])]));
      for (const row of rows) {
        for (const i of numbers) {
          put(row.cells[i], base, divisors.get(place(row)));
        }
      }
    });
  };
  /* The models side by side, by one of them. */
  const relativeToColumn = (table) => {
    const heads = [...table.tHead.rows[0].cells].map((cell) => cell.textContent);
    choice(table, "Numbers ", heads.slice(1), (base) => {
      for (const row of table.tBodies[0].rows) {
        const divisor = number(row.cells[Math.max(heads.indexOf(base), 1)]);
        for (const cell of [...row.cells].slice(1)) {
          put(cell, base, divisor);
        }
      }
    });
  };
  document.querySelectorAll("figure table").forEach(relativeToLine);
  document.querySelectorAll("table.glance").forEach(relativeToColumn);
  /* The value of the mark that is nearest to the pointer. */
  const tip = document.createElement("div");
  tip.className = "tip";
  tip.hidden = true;
  tip.setAttribute("aria-hidden", "true");
  document.body.append(tip);
  const nearest = (marks, x, y) => {
    let best = null, least = 24;
    for (const mark of marks) {
      const box = mark.getBoundingClientRect();
      const away = Math.hypot(box.x + box.width / 2 - x,
                              box.y + box.height / 2 - y);
      if (away < least) {
        [best, least] = [mark, away];
      }
    }
    return best;
  };
  for (const svg of document.querySelectorAll("figure svg")) {
    const marks = [...svg.querySelectorAll("g > title")]
      .map((title) => title.parentElement)
      .filter((mark) => !svg.classList.contains("own"));
    for (const mark of marks) { /* instead of the browser's own, later one */
      mark.dataset.tip = mark.querySelector("title").textContent;
      mark.querySelector("title").remove();
    }
    const leave = () => { tip.hidden = true; };
    svg.addEventListener("pointerleave", leave);
    svg.addEventListener("pointermove", (event) => {
      const mark = nearest(marks, event.clientX, event.clientY);
      if (!mark) {
        leave();
        return;
      }
      tip.textContent = mark.dataset.tip;
      tip.hidden = false;
      const room = innerWidth - tip.offsetWidth - 12;
      tip.style.left = Math.max(4, Math.min(event.clientX + 14, room)) + "px";
      tip.style.top = event.clientY + 18 + "px";
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
