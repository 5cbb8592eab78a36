"use strict";
// The page is whole without this script: it adds the theme's switch, buttons to
// copy, and a chart's values under the pointer.
(() => {
  const make = (name, cls, parent, text) => {
    const e = document.createElement(name);
    e.className = cls;
    if (text !== undefined) e.textContent = text;
    if (parent) parent.append(e);
    return e;
  };

  // The theme: as the system has it, or the one chosen, which is kept where
  // that is allowed.
  const root = document.documentElement, themes = ["auto", "light", "dark"], key = "imbench-theme";
  const button = document.getElementById("theme");
  const kept = (() => { try { return localStorage.getItem(key); } catch { return null; } })();
  const wear = theme => {
    if (theme === "auto") delete root.dataset.theme; else root.dataset.theme = theme;
    button.textContent = "theme: " + theme;
  };
  let theme = themes.includes(kept) ? kept : "auto";
  wear(theme);
  button.hidden = false;
  button.addEventListener("click", () => {
    theme = themes[(themes.indexOf(theme) + 1) % themes.length];
    wear(theme);
    try { localStorage.setItem(key, theme); } catch { /* not kept, then */ }
  });

  for (const code of document.querySelectorAll(".code")) {
    const copy = make("button", "copy", code, "copy");
    copy.type = "button";
    copy.addEventListener("click", async () => {
      const pre = code.querySelector("pre");
      try {
        await navigator.clipboard.writeText(pre.textContent);
        copy.textContent = "copied";
      } catch { // not from a file everywhere: select it instead
        getSelection().selectAllChildren(pre);
        copy.textContent = "selected";
      }
      setTimeout(() => { copy.textContent = "copy"; }, 1500);
    });
  }
  addEventListener("beforeprint", () => document.querySelectorAll("details").forEach(d => { d.open = true; }));

  const digits = v => v === 0 ? "0" : Number(v.toPrecision(3)).toLocaleString("en");
  const write = {
    count: v => Math.round(v).toLocaleString("en"),
    rate: v => digits(v) + "/s",
    cores: v => v.toFixed(2),
    MB: v => v >= 1000 ? digits(v / 1000) + " GB" : digits(v) + " MB",
    share: v => digits(v * 100) + " %",
    ms: v => v < 1 ? digits(v * 1000) + " µs" : v < 1000 ? digits(v) + " ms" : v < 600000 ? digits(v / 1000) + " s" : digits(v / 60000) + " min",
    clock: v => v.toFixed(Math.abs(v % 1) > 0.05 ? 1 : 0) + " s",
    "%": v => "p" + Number((100 * (1 - 10 ** -v)).toFixed(Math.max(0, Math.floor(v)))),
  };

  // A path's points are its values: the drawing is in the data's units.
  const read = path => Array.from(path.getAttribute("d").matchAll(/[ML](\S+?) ([^MLZ]+)/g), m => [Number(m[1]), Number(m[2])]);
  const nearest = (points, x) => {
    let lo = 0, hi = points.length - 1;
    while (hi - lo > 1) {
      const mid = (lo + hi) >> 1;
      if (points[mid][0] < x) lo = mid; else hi = mid;
    }
    return Math.abs(points[lo][0] - x) < Math.abs(points[hi][0] - x) ? points[lo] : points[hi];
  };

  for (const chart of document.querySelectorAll(".chart")) {
    const plot = chart.querySelector(".plot"), svg = plot.querySelector("svg"), box = svg.viewBox.baseVal;
    const value = chart.dataset.scale === "log10" ? v => 10 ** v : v => v;
    let lines, extras = [];
    const clear = () => { extras.forEach(e => e.remove()); extras = []; };
    const show = at => {
      lines ??= Array.from(svg.querySelectorAll("path[data-name]"), p => ({ name: p.dataset.name, ink: p.classList[0], points: read(p) })).filter(l => l.points.length);
      clear();
      const x = box.x + at * box.width, reach = box.width / 30;
      const near = lines.map(l => ({ ...l, point: nearest(l.points, x) })).filter(l => Math.abs(l.point[0] - x) <= reach);
      if (!near.length) return;
      const here = near.reduce((a, b) => Math.abs(b.point[0] - x) < Math.abs(a.point[0] - x) ? b : a).point[0];
      const left = v => 100 * (v - box.x) / box.width;
      const hair = make("div", "hair", plot), tip = make("div", "tip", plot);
      hair.style.left = left(here) + "%";
      make("b", "", tip, write[chart.dataset.x](here));
      extras = [hair, tip];
      for (const l of near) {
        const row = make("div", l.ink, tip);
        make("em", "", row, l.name);
        make("strong", "", row, write[chart.dataset.y](value(l.point[1])));
        const dot = make("div", "dot " + l.ink, plot);
        dot.style.left = left(l.point[0]) + "%";
        dot.style.top = 100 * (-l.point[1] - box.y) / box.height + "%";
        extras.push(dot);
      }
      if (at < 0.5) tip.style.left = `calc(${left(here)}% + 10px)`; else tip.style.right = `calc(${100 - left(here)}% + 10px)`;
    };
    const move = e => {
      const r = svg.getBoundingClientRect();
      show(Math.min(1, Math.max(0, (e.clientX - r.left) / r.width)));
    };
    plot.addEventListener("pointermove", move);
    plot.addEventListener("pointerdown", move);
    plot.addEventListener("pointerleave", clear);
    plot.addEventListener("pointercancel", clear);
  }
})();
