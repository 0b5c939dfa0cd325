"use strict";
// Everything the page does: draws figures as they come into view, sorts and filters tables, opens
// what a link points at. It reads the page alone; the content security policy forbids the rest.
(() => {
  const holder = document.getElementById("specs");
  const specs = holder ? JSON.parse(holder.textContent) : [];
  const font = getComputedStyle(document.body).fontFamily;
  const ink = "var(--ink)", quiet = "var(--ink-2)", rule = "var(--rule)";
  const config = {
    font, background: null, view: { stroke: null },
    axis: {
      labelFont: font, titleFont: font, labelFontSize: 12, titleFontSize: 12, titleFontWeight: 500,
      labelColor: quiet, titleColor: quiet, domainColor: rule, tickColor: rule, gridColor: rule,
      gridOpacity: 0.7, labelPadding: 5, titlePadding: 8, labelLimit: 190
    },
    axisBand: { domain: false, ticks: false, grid: false },
    legend: {
      labelFont: font, titleFont: font, labelFontSize: 13, titleFontSize: 12, labelColor: ink,
      titleColor: quiet, labelLimit: 320, symbolSize: 80, rowPadding: 4, columnPadding: 18
    }
  };
  const options = {
    ast: true, actions: false, renderer: "svg", defaultStyle: false, config,
    tooltip: { theme: "dokja", disableDefaultStyle: true }
  };

  const draw = (place) => {
    if (place.dataset.drawn) return;
    place.dataset.drawn = "1";
    window.vegaEmbed(place, specs[Number(place.dataset.figure)], options).catch((error) => {
      console.error(error);
      place.textContent = holder.dataset.failed;
      place.dataset.drawn = "failed";
    });
  };
  // One figure after another, so that the page stays quick to scroll; a figure inside of a closed
  // section has no width yet and waits until it is opened.
  const places = [...document.querySelectorAll(".plot")];
  const waiting = () => places.find((place) => !place.dataset.drawn && place.clientWidth > 0);
  const next = () => {
    const place = waiting();
    if (!place) return;
    draw(place);
    setTimeout(next, 0);
  };
  next();
  for (const pair of document.querySelectorAll("details.pair, details.fold")) {
    pair.addEventListener("toggle", next);
  }
  for (const one of document.querySelectorAll(".choice > input")) {
    one.addEventListener("change", next);
  }

  // A printed page shows the evidence of every pair, but not every tensor.
  window.addEventListener("beforeprint", () => {
    for (const pair of document.querySelectorAll("details.pair:not([open])")) {
      pair.open = true;
      pair.dataset.closed = "1";
    }
    places.filter((place) => place.clientWidth > 0).forEach(draw);
  });
  window.addEventListener("afterprint", () => {
    for (const pair of document.querySelectorAll("details[data-closed]")) {
      pair.open = false;
      delete pair.dataset.closed;
    }
  });

  const reveal = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    for (let node = target; node; node = node.parentElement) {
      if (node.tagName === "DETAILS") node.open = true;
    }
    if (target) target.scrollIntoView();
  };
  window.addEventListener("hashchange", reveal);
  if (location.hash) reveal();

  const number = (words) => {
    const plain = words.replace(/[,%<>]/g, "").replace(/−/g, "-").replace(/ × 10/, "e")
      .replace(/[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]/g, (c) => "-0123456789"["⁻⁰¹²³⁴⁵⁶⁷⁸⁹".indexOf(c)]);
    const value = Number.parseFloat(plain);
    return Number.isNaN(value) ? -Infinity : value + (words.startsWith(">") ? 1e-9 : 0);
  };
  const sortable = (table) => {
    const body = table.tBodies[0];
    [...table.tHead.rows[0].cells].forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const down = head.getAttribute("aria-sort") === "descending";
        const sign = down ? 1 : -1;
        const numeric = head.classList.contains("n");
        const key = (row) => row.cells[column].textContent;
        const rows = [...body.rows].map((row) => [numeric ? number(key(row)) : key(row), row]);
        rows.sort(([a], [b]) => sign * (numeric ? a - b || 0 : a.localeCompare(b)));
        for (const other of head.parentElement.cells) other.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", down ? "ascending" : "descending");
        body.append(...rows.map(([, row]) => row));
      });
    });
    const tools = table.closest("details").querySelector(".tools");
    const input = tools.querySelector("input"), output = tools.querySelector("output");
    const filter = () => {
      const wanted = input.value.trim().toLowerCase();
      let shown = 0;
      for (const row of body.rows) {
        row.hidden = wanted !== "" && !row.textContent.toLowerCase().includes(wanted);
        shown += row.hidden ? 0 : 1;
      }
      output.textContent = output.dataset.words
        .replace("{n}", shown.toLocaleString("en")).replace("{total}", body.rows.length.toLocaleString("en"));
    };
    input.addEventListener("input", filter);
    tools.hidden = false;
    filter();
  };
  for (const table of document.querySelectorAll("table.sortable")) {
    table.closest("details").addEventListener("toggle", () => sortable(table), { once: true });
  }
})();
