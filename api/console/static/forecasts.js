// The pages of forecasts: fans and bars as charts, and the upload with its progress.
(() => {
  "use strict";
  const DAY_S = 86400, LONG_S = 27 * DAY_S, MOST_PERIODS = 90, PER_STEP = 4, HALF_A_LABEL = 34;
  const language = document.documentElement.lang;
  const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const seconds = (iso) => Date.parse(iso) / 1000;
  const dates = (options) => new Intl.DateTimeFormat(language, { timeZone: "UTC", ...options });
  const FULL = dates({ dateStyle: "medium" }), MONTH = dates({ year: "numeric", month: "short" }), SHORT = dates({ month: "short", day: "numeric" });
  const units = new Intl.NumberFormat(language, { maximumSignificantDigits: 4, useGrouping: "always" });
  const period = (s, frequency) => (frequency === "month" || frequency === "quarter" ? MONTH : FULL).format(s * 1000);

  const axis = () => ({ stroke: color("--muted"), grid: { stroke: color("--line"), width: 1 }, ticks: { stroke: color("--line"), width: 1 } });
  const options = (place, height, more) => ({
    width: place.clientWidth || 340, height, padding: [null, HALF_A_LABEL, null, null], legend: { show: false }, cursor: { y: false, drag: { x: true, y: false } },
    tzDate: (s) => uPlot.tzDate(new Date(s * 1000), "Etc/UTC"),
    axes: [{ ...axis(), values: (_, splits, __, ___, step) => splits.map((s) => (step >= LONG_S ? MONTH : SHORT).format(s * 1000)), space: 70 },
      { ...axis(), size: 58, values: (_, splits) => splits.map((n) => units.format(n)) }], ...more });
  const watch = (figure, tell) => ({ setCursor: [(u) => { figure.querySelector("[data-readout]").textContent = u.cursor.idx == null ? "" : tell(u.cursor.idx); }] });

  // Events as marks at the foot of the chart, a run as long as it is.
  const marks = (events) => (u) => {
    const { ctx, bbox } = u;
    ctx.save();
    ctx.fillStyle = color("--event");
    for (const [first, last] of events) {
      const left = u.valToPos(seconds(first), "x", true), right = u.valToPos(seconds(last), "x", true);
      if (right < bbox.left || left > bbox.left + bbox.width) continue;
      const from = Math.max(left, bbox.left), width = Math.max(2, Math.min(right, bbox.left + bbox.width) - from);
      ctx.fillRect(from - 1, bbox.top + bbox.height - 7, width, 7);
    }
    ctx.restore();
  };
  const border = (at) => (u) => {
    if (at == null) return;
    const x = u.valToPos(at, "x", true);
    u.ctx.save();
    u.ctx.strokeStyle = color("--edge");
    u.ctx.setLineDash([4, 4]);
    u.ctx.beginPath();
    u.ctx.moveTo(x, u.bbox.top);
    u.ctx.lineTo(x, u.bbox.top + u.bbox.height);
    u.ctx.stroke();
    u.ctx.restore();
  };

  const drawFan = (figure, place) => {
    const it = JSON.parse(figure.dataset.fan), words = figure.dataset;
    const x = it.starts.map(seconds), before = it.sold.length, none = new Array(before).fill(null);
    const ahead = (values) => [...none.slice(0, -1), it.sold[before - 1], ...values];  // it begins where the sales end
    const levels = it.mean.length ? Object.keys(it.bands).sort().reverse() : [];
    const data = [x, [...it.sold, ...it.mean.map(() => null)], it.mean.length ? ahead(it.mean) : x.map(() => null)];
    const series = [{}, { stroke: color("--sold"), width: 1.6, points: { show: before < 70, size: 4 } },
      { stroke: color("--primary"), width: 2.4, points: { show: it.mean.length < 40, size: 5 } }], bands = [];
    for (const level of levels) {
      data.push(ahead(it.bands[level][1]), ahead(it.bands[level][0]));
      series.push({ width: 0, points: { show: false } }, { width: 0, points: { show: false } });
      bands.push({ series: [series.length - 2, series.length - 1], fill: color(`--band-${level}`) });
    }
    const eventsAt = (s) => it.events.filter(([first, last]) => seconds(first) <= s && s <= seconds(last)).map((event) => event[2]);
    const tell = (n) => {
      const band = it.bands["80"], m = n - before;
      const said = m < 0 ? `${words.sold} ${it.sold[n] == null ? words.unknown : units.format(it.sold[n])}`
        : `${words.expected} ${units.format(it.mean[m])}` + (band ? `, ${words.between} ${units.format(band[0][m])} – ${units.format(band[1][m])}` : "");
      return [`${period(x[n], it.frequency)}: ${said}`, ...new Set(eventsAt(x[n]))].join(" · ");
    };
    const plot = new uPlot(options(place, innerWidth < 760 ? 240 : 300, {
      series, bands, scales: { y: { range: (_, least, most) => [Math.min(0, least), Math.max(most * 1.06, 1)] } },
      hooks: { ...watch(figure, tell), draw: [marks(it.events), border(it.mean.length ? x[before - 1] : null)] } }), data, place);
    lastPart(figure, plot, x, Math.max(MOST_PERIODS, PER_STEP * it.mean.length));
    return plot;
  };
  // Of a long history the last part, so that the forecast is more than a line; a button shows the rest.
  const lastPart = (figure, plot, x, count) => {
    const button = figure.querySelector(".above button");
    button.hidden = x.length <= 1.5 * count;
    const set = (whole) => {
      button.textContent = whole ? button.dataset.last : button.dataset.whole;
      button.onclick = () => set(!whole);
      plot.setScale("x", { min: whole ? x[0] : x[x.length - count], max: x[x.length - 1] });
    };
    if (!button.hidden) set(false);
  };
  const drawBars = (figure, place) => {
    const it = JSON.parse(figure.dataset.bars), x = it.starts.map(seconds);
    const half = x.length > 1 ? (x[x.length - 1] - x[0]) / (x.length - 1) / 2 : DAY_S;  // so that no bar is cut
    const tell = (n) => `${period(x[n], it.frequency)}: ${units.format(it.units[n])} ${figure.dataset.units}`;
    return new uPlot(options(place, 160, {
      series: [{}, { stroke: color("--primary"), fill: color("--band-80"), width: 1, paths: uPlot.paths.bars({ size: [0.8, 60] }), points: { show: false } }],
      scales: { x: { range: (_, first, last) => [first - half, last + half] }, y: { range: (_, least, most) => [Math.min(0, least), Math.max(most * 1.06, 1)] } },
      hooks: watch(figure, tell) }), [x, it.units], place);
  };

  const drawn = new Map();
  const sizes = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      const known = drawn.get(target);
      if (known && target.clientWidth && target.clientWidth !== known.plot.width) known.plot.setSize({ width: target.clientWidth, height: known.plot.height });
      else if (!known) draw();
    }
  });
  const draw = () => {
    for (const [place, { plot }] of drawn) if (!place.isConnected) { plot.destroy(); drawn.delete(place); sizes.unobserve(place); }
    for (const figure of document.querySelectorAll("figure[data-fan], figure[data-bars]")) {
      const place = figure.querySelector(".plot"), text = figure.dataset.fan || figure.dataset.bars, known = drawn.get(place);
      sizes.observe(place);
      if (!place.clientWidth || (known && known.text === text)) continue;  // what is folded away is drawn once it is seen
      if (known) known.plot.destroy();
      figure.querySelector("[data-readout]").textContent = "";
      drawn.set(place, { text, plot: (figure.dataset.fan ? drawFan : drawBars)(figure, place) });
    }
  };
  if (window.uPlot) {
    draw();
    document.addEventListener("htmx:after:swap", draw);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
      for (const { plot } of drawn.values()) plot.destroy();
      drawn.clear();
      draw();
    });
  }

  // The upload, by hand since nothing else tells how far it is. What is wrong comes back as a part of the page.
  const form = document.getElementById("upload");
  const send = (event) => {
    event.preventDefault();
    const file = form.elements.file.files[0];
    if (!file) return noria.note(form.dataset.choose, "bad");
    const sending = form.querySelector(".sending"), bar = sending.querySelector("progress"), says = sending.querySelector("p");
    const button = form.querySelector("button"), request = new XMLHttpRequest();
    const done = () => { sending.hidden = true; button.disabled = false; };
    request.open("POST", form.action);
    request.setRequestHeader("HX-Request", "true");
    request.setRequestHeader("Accept", "text/html");
    request.upload.addEventListener("progress", ({ loaded, total }) => {
      bar.value = loaded / total;
      says.textContent = `${file.name}: ${loaded < total ? `${form.dataset.sending}, ${Math.floor(100 * loaded / total)} %` : form.dataset.reading}`;
      if (loaded === total) bar.removeAttribute("value");
    });
    request.addEventListener("load", () => {
      const target = request.getResponseHeader("HX-Redirect");
      if (target) return location.assign(target);
      done();
      const answer = new DOMParser().parseFromString(request.responseText, "text/html").getElementById("upload-answer");
      if (answer) {
        form.querySelector("#upload-answer").replaceWith(document.adoptNode(answer));
        form.querySelector("#upload-answer").scrollIntoView({ block: "nearest" });
        return;
      }
      let said = document.body.dataset.failed;
      try { said = JSON.parse(request.responseText).detail || said; } catch { /* not a problem document */ }
      noria.note(said, "bad");
    });
    request.addEventListener("error", () => { done(); noria.note(document.body.dataset.failed, "bad"); });
    sending.hidden = false;
    button.disabled = true;
    bar.value = 0;
    says.textContent = `${file.name}: ${form.dataset.sending}`;
    request.send(new FormData(form));
  };
  if (form) {
    form.addEventListener("submit", send);
    form.addEventListener("change", ({ target }) => {  // other columns stand in another file
      if (target.name === "file" || target.name === "type") form.querySelector("#upload-answer").replaceChildren();
    });
  }

  // A company's currency is mostly its country's.
  document.addEventListener("change", ({ target }) => {
    const currency = document.getElementById("company-currency");
    if (target.id !== "company-country" || !currency) return;
    const usual = target.selectedOptions[0].dataset.currency || "";
    if (!currency.value || currency.value === currency.dataset.filled) { currency.value = usual; currency.dataset.filled = usual; }
  });
})();
