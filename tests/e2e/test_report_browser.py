#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A report in a real browser: what a person sees, uses and hears of it."""
import base64
import json
import os
import re
import sys

import browser as chromium
from hostile import infect
from program import folder, gilbench, load, needed

ROOT = os.environ["SOURCE_ROOT"]
QUICK = os.path.join(ROOT, "results", "reference", "quick.json")
# Contrast of every text against what is behind it, the lowest first.
CONTRASTS = """(() => {
  const parse = (text) => {
    const m = text.match(/[\\d.]+/g).map(Number);
    return {rgb: m.slice(0, 3), alpha: m.length > 3 ? m[3] : 1};
  };
  const light = (rgb) => {
    const [r, g, b] = rgb.map((c) => c / 255).map((c) => c <= 0.04045
      ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const back = parse(getComputedStyle(at).backgroundColor);
      if (back.alpha > 0) return back.rgb;
    }
    return [255, 255, 255];
  };
  const found = [];
  for (const node of document.querySelectorAll("body *")) {
    if (node.closest("svg:not(.own), script, style")) continue;
    const own = [...node.childNodes].some((n) => n.nodeType === 3 &&
      n.data.trim());
    if (!own || node.closest("title, desc")) continue;
    const style = getComputedStyle(node);
    const ink = parse(node.closest("svg") ? style.fill : style.color).rgb;
    const a = light(ink), b = light(behind(node));
    found.push([(Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05),
                node.tagName + "." + node.className]);
  }
  return found.sort((x, y) => x[0] - y[0]).slice(0, 3);
})()"""
PICTURES = """[...document.querySelectorAll("svg")].map((svg) => {
  const box = svg.getBoundingClientRect();
  return {name: svg.querySelector("title").textContent, x: box.x + scrollX,
          y: box.y + scrollY, width: box.width, height: box.height};
})"""
# The first column of a table after a click on a heading of it.
SORTED = """((column) => {
  const table = document.querySelector("#cells table");
  table.tHead.rows[0].cells[column].querySelector("button").click();
  return [...table.tBodies[0].rows].map((row) => {
    const cell = row.cells[column];
    return cell.dataset.sort === undefined ? cell.textContent
      : cell.dataset.sort === "" ? null : Number(cell.dataset.sort);
  });
})"""


def check_quiet(page, path):
    page.open(path)
    assert page.complaints() == [], page.complaints()
    sent = [url for url in page.requests() if not url.startswith("data:")]
    assert sent == ["file://" + path], sent


def check_pictures(page, width):
    page.width(width)
    pictures = page.run(PICTURES)
    assert len(pictures) >= 8, len(pictures)
    wide = page.run("document.documentElement.scrollWidth")
    assert wide <= width, f"at {width} the page is {wide} wide"
    for picture in pictures:
        at = f"{picture['name']} at {width}: {picture}"
        assert picture["width"] > 300 and picture["height"] > 80, at
        counts = chromium.colours(page.picture(
            picture["x"], picture["y"], min(picture["width"], width - 20),
            picture["height"]))
        most = max(counts.values()) / sum(counts.values())
        assert len(counts) > 20 and most < 0.995, f"blank: {at}"


def check_contrast(page):
    for theme in ("light", "dark"):
        page.theme(theme)
        lowest = page.run(CONTRASTS)
        assert lowest[0][0] >= 4.5, f"{theme}: {lowest}"
    back = page.run("getComputedStyle(document.body).backgroundColor")
    assert back != "rgb(255, 255, 255)", "dark is not dark"
    page.theme("light")
    page.run("document.querySelector('button.theme').click()")
    back = page.run("getComputedStyle(document.body).backgroundColor")
    assert back != "rgb(255, 255, 255)", "the button does not darken"
    page.run("document.querySelector('button.theme').click()")


def check_sorting(page):
    values = [v for v in page.run(SORTED + "(1)") if v is not None]
    assert len(values) > 50 and values == sorted(values), values[:9]
    values = [v for v in page.run(SORTED + "(1)") if v is not None]
    assert values == sorted(values, reverse=True), values[:9]
    names = page.run(SORTED + "(0)")
    assert names[0] < names[-1], (names[0], names[-1])
    sort = page.run("document.querySelector('#cells th').ariaSort")
    assert sort == "ascending", sort


# A table of the page with its numbers relative to a line or a model.
RELATIVE = """((selector) => {
  const table = document.querySelector(selector);
  const box = table.closest(".scroll").previousElementSibling;
  const select = box.querySelector("select");
  const last = () => [...table.tBodies[0].rows].map((row) =>
    [...row.cells].map((cell) => cell.textContent));
  const before = last();
  select.selectedIndex = 1;
  select.dispatchEvent(new Event("change"));
  const relative = last();
  select.selectedIndex = 0;
  select.dispatchEvent(new Event("change"));
  return {base: select.options[1].value, before, relative, after: last()};
})"""
MARK = """(() => {
  const mark = document.querySelector("figure svg:not(.own) g[data-tip]");
  mark.closest("figure").scrollIntoView();
  const box = mark.getBoundingClientRect();
  return {x: box.x + box.width / 2, y: box.y + box.height / 2,
          tip: mark.dataset.tip};
})()"""


def check_relative(page):
    for selector in ("table.glance", "#figure-cpu_scaling table"):
        told = page.run(RELATIVE + f"({json.dumps(selector)})")
        assert told["before"] == told["after"], selector
        assert told["before"] != told["relative"], selector
        rows = [row for row in told["relative"]
                if told["base"] in row or selector == "table.glance"]
        assert rows and all("1 ×" in row or "" in row for row in rows), rows[:3]


def check_values_of_marks(page):
    mark = page.run(MARK)
    assert len(mark["tip"]) > 10, mark
    page.call("Input.dispatchMouseEvent", type="mouseMoved", x=mark["x"] + 3,
              y=mark["y"] + 3)
    shown = page.run("""(() => { const tip = document.querySelector(".tip");
      return tip.hidden ? "" : tip.textContent; })()""")
    assert shown, "nothing is said of the mark under the pointer"


def check_print(page):
    """On A4 nothing is cut off at the right."""
    pdf = base64.b64decode(page.call("Page.printToPDF", paperWidth=8.27,
                                     paperHeight=11.69,
                                     preferCSSPageSize=True)["data"])
    pages = len(re.findall(rb"/Type\s*/Page\b", pdf))
    assert pdf.startswith(b"%PDF") and 4 <= pages <= 60, pages
    page.call("Emulation.setEmulatedMedia", media="print")
    page.width(680)
    wide = page.run("document.documentElement.scrollWidth")
    page.call("Emulation.setEmulatedMedia", media="")
    assert wide <= 690, f"printed, the page is {wide} wide"


def check_keyboard(page):
    """Every link, button and scrolling region is reached, and shows it."""
    page.run("document.body.focus()")
    reached = []
    for _ in range(30):
        for kind in ("keyDown", "keyUp"):
            page.call("Input.dispatchKeyEvent", type=kind, key="Tab",
                      code="Tab", windowsVirtualKeyCode=9)
        reached.append(page.run("""(() => { const at = document.activeElement;
          return [at.tagName, getComputedStyle(at).outlineStyle]; })()"""))
    tags = {tag for tag, _ in reached}
    assert {"A", "BUTTON", "SELECT", "DIV"} <= tags, reached
    assert all(style != "none" for tag, style in reached if tag != "BODY"), (
        reached)


def check_what_is_heard(page):
    nodes = page.call("Accessibility.getFullAXTree")["nodes"]
    figures = [node for node in nodes if not node.get("ignored") and
               node["role"]["value"] in ("image", "img")]
    assert len(figures) >= 8, [node["role"]["value"] for node in nodes][:50]
    for node in figures:
        assert node.get("name", {}).get("value"), node
    assert any(len(node.get("description", {}).get("value", "")) > 100
               for node in figures), "no figure has a description"
    roles = {node["role"]["value"] for node in nodes}
    assert {"main", "navigation", "heading", "table"} <= roles, roles


def check_without_script(page, path):
    page.call("Emulation.setScriptExecutionDisabled", value=True)
    page.open(path)
    assert page.complaints() == [], page.complaints()
    page.call("Emulation.setScriptExecutionDisabled", value=False)


def check_hostile(page, at):
    document = infect(load(QUICK))
    source, path = os.path.join(at, "h.json"), os.path.join(at, "h.html")
    with open(source, "w", encoding="utf-8") as out:
        json.dump(document, out)
    assert gilbench("report", source, "--output", path).returncode == 0
    check_quiet(page, path)
    assert page.run("document.title").startswith("What the GIL costs")
    assert page.run("document.querySelectorAll('h1').length") == 1
    wide = page.run("document.documentElement.scrollWidth")
    assert wide <= 1280, f"hostile texts make the page {wide} wide"


def main():
    needed()
    program = chromium.find()
    if not program:
        print("no Chromium here; ./dev test --all installs it")
        sys.exit(77)
    with folder() as at, chromium.browser(program) as page:
        path = os.path.join(at, "r.html")
        done = gilbench("report", QUICK, "--output", path)
        assert done.returncode == 0, done.stderr
        page.width(1280)
        check_quiet(page, path)
        check_pictures(page, 1280)
        check_pictures(page, 390)
        page.width(1280)
        check_contrast(page)
        check_sorting(page)
        check_relative(page)
        check_values_of_marks(page)
        check_keyboard(page)
        check_print(page)
        page.width(1280)
        check_what_is_heard(page)
        check_without_script(page, path)
        check_hostile(page, at)


main()
