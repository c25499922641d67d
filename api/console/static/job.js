// A job's page: its log by attempt and its metrics as charts, read from its events, again whenever the feed says that it changed.
(() => {
  "use strict";
  const story = document.getElementById("story"), words = story.dataset;
  const MOST_POINTS = 5000, MOST_LINES = 2000, LEAST_DRAWN = 5, MOST_OPEN = 12;
  const make = (name, properties = {}, ...children) => {
    const element = Object.assign(document.createElement(name), properties);
    element.append(...children);
    return element;
  };
  const STEPS = [1, 2, 5].flatMap((lead) => [...Array(9).keys()].map((zeros) => lead * 10 ** zeros)).sort((a, b) => a - b);
  const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  // Log: a block for each attempt, the last one open.
  const log = document.getElementById("log"), blocks = new Map();
  const blockOf = (attempt) => {
    if (!blocks.has(attempt)) {
      const empty = log.querySelector("[data-empty]");
      if (empty) empty.remove();
      for (const { details } of blocks.values()) details.open = false;
      const list = make("ol", { className: "log", tabIndex: 0 });
      list.setAttribute("aria-label", attempt ? `${words.attempt} ${attempt}` : words.before);
      const details = make("details", { open: true, id: `log-${attempt}` },
        make("summary", { textContent: attempt ? `${words.attempt} ${attempt}` : words.before }), list);
      log.append(details);
      blocks.set(attempt, { details, list });
    }
    return blocks.get(attempt);
  };
  const write = (event, text, level) => {
    const { list } = blockOf(event.attempt);
    const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 40;
    const time = make("time", { dateTime: event.at, textContent: event.at.slice(11, 19), title: event.at });
    list.append(make("li", {}, time, make("span", { className: level || "", textContent: text })));
    if (list.childElementCount > MOST_LINES) list.firstElementChild.remove();
    if (atEnd) list.scrollTop = list.scrollHeight;
  };
  addEventListener("hashchange", () => {
    const found = document.getElementById(location.hash.slice(1));
    if (found && found.tagName === "DETAILS") found.open = true;
  });

  // Metrics: a chart for each name, a line for each attempt; what has a few values only stands in a table.
  const charts = new Map(), singles = document.getElementById("singles");
  let touched = false;
  singles.querySelector("summary").addEventListener("click", () => { touched = true; });
  const chartOf = (name) => {
    if (!charts.has(name)) {
      document.getElementById("metrics").hidden = false;
      const canvas = make("div", { className: "chart" }), latest = make("span"), values = make("tbody");
      canvas.setAttribute("aria-hidden", "true");
      const scroll = make("div", { className: "scroll", tabIndex: 0 },
        make("table", {}, make("thead", {}, make("tr", {}, ...[words.attempt, words.step, name].map((text) =>
          make("th", { scope: "col", textContent: text })))), values));
      scroll.setAttribute("role", "region");
      scroll.setAttribute("aria-label", `${words.values}: ${name}`);
      const details = make("details", {}, make("summary", { textContent: words.values }), scroll);
      const chart = { name, lines: new Map(), canvas, latest, values, details };
      details.addEventListener("toggle", () => tabulate(chart));
      chart.figure = make("figure", {}, make("figcaption", { textContent: `${name} ` }, latest), canvas, details);
      chart.single = make("td", { className: "number" });
      chart.row = make("tr", {}, make("th", { scope: "row", textContent: name }), chart.single);
      new ResizeObserver(() => chart.plot && chart.plot.setSize({ width: canvas.clientWidth, height: 180 })).observe(canvas);
      charts.set(name, chart);
    }
    return charts.get(name);
  };
  const add = (event) => {
    const chart = chartOf(event.data.name);
    if (!chart.lines.has(event.attempt)) chart.lines.set(event.attempt, { points: new Map(), count: 0 });
    const line = chart.lines.get(event.attempt);
    line.points.set(event.data.step ?? line.count, event.data.value);
    line.count += 1;
    chart.latestValue = event.data.value;
    chart.stale = true;
  };
  const tabulate = (chart) => {
    if (!chart.details.open) return;
    chart.values.replaceChildren(...[...chart.lines].flatMap(([attempt, line]) => [...line.points].slice(-200).map(([step, value]) =>
      make("tr", {}, ...[attempt, step, value].map((text) => make("td", { textContent: text, className: "number" }))))));
  };
  const place = (chart) => {
    const drawn = [...chart.lines.values()].some((line) => line.points.size >= LEAST_DRAWN);
    if (drawn && !chart.figure.isConnected) { chart.row.remove(); document.querySelector("#metrics .charts").append(chart.figure); }
    if (!drawn && !chart.row.isConnected) singles.querySelector("tbody").append(chart.row);
    chart.single.textContent = drawn ? "" : [...[...chart.lines.values()].at(-1).points.values()].map((value) => Number(value.toPrecision(5))).join(" → ");
    singles.hidden = !singles.querySelector("tbody tr");
    if (!touched) singles.open = !document.querySelector("#metrics .charts figure") && singles.querySelectorAll("tbody tr").length <= MOST_OPEN;  // a few alone are not folded up
    return drawn;
  };
  const draw = (chart) => {
    if (!place(chart)) return;
    const steps = [...new Set([...chart.lines.values()].flatMap((line) => [...line.points.keys()]))].sort((a, b) => a - b).slice(-MOST_POINTS);
    const data = [steps, ...[...chart.lines.values()].map((line) => steps.map((step) => line.points.get(step) ?? null))];
    chart.latest.textContent = Number(chart.latestValue.toPrecision(5));
    tabulate(chart);
    if (chart.plot && chart.plot.series.length === data.length) return chart.plot.setData(data);
    if (chart.plot) chart.plot.destroy();
    const axis = { stroke: color("--muted"), grid: { stroke: color("--line"), width: 1 }, ticks: { stroke: color("--line"), width: 1 } };
    const paints = ["--primary", "--retrying", "--canceled", "--succeeded"];
    chart.plot = new uPlot({
      width: chart.canvas.clientWidth || 340, height: 180, scales: { x: { time: false } }, legend: { show: false },
      cursor: { y: false }, axes: [{ ...axis, incrs: STEPS }, { ...axis, size: 56 }],
      series: [{}, ...[...chart.lines.keys()].map((attempt, index) => ({
        label: `${words.attempt} ${attempt}`, stroke: color(paints[index % 4]), width: 2, spanGaps: true,
        points: { show: steps.length < 40 } }))],
    }, data, chart.canvas);
  };
  const drawAll = () => {
    for (const chart of charts.values()) if (chart.stale) { chart.stale = false; draw(chart); }
  };
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    for (const chart of charts.values()) if (chart.plot) { chart.plot.destroy(); chart.plot = null; draw(chart); }
  });

  const told = { log: (e) => write(e, line(e.data), e.data.level),
    metric: add,
    state: (e) => write(e, `— ${e.data.state}${e.data.error ? `: ${e.data.error.message}` : ""}`, e.data.error ? "error" : ""),
    progress: (e) => progress(e.data) };
  const line = ({ message, level, ...fields }) =>
    message + Object.entries(fields).map(([name, value]) => `  ${name}=${typeof value === "string" ? value : JSON.stringify(value)}`).join("");
  let latest = null;  // the message that was read last
  const progress = ({ message }) => {
    const place = document.querySelector("#live [data-message]");
    latest = { message, at: Date.now() };
    if (place) place.textContent = message || "";
  };
  document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => { if (latest && latest.at >= ctx.asked) progress(latest); });

  // One read at a time; news that come meanwhile are read after it.
  let after = null, reading = false, again = false;
  const read = async () => {
    if (reading) { again = true; return; }
    reading = true;
    try {
      let page;
      do {
        again = false;
        const address = words.events + (after ? `?after=${after}` : "");
        const answer = await fetch(address, { headers: { Accept: "application/json" } });
        if (!answer.ok) return;
        page = await answer.json();
        for (const event of page.events) (told[event.type] || (() => {}))(event);
        after = page.next;
        drawAll();
      } while (page.events.length === 1000 || again);
    } catch { /* no connection: the page says so, and reads again when it is back */ } finally { reading = false; }
    if (again) read();
  };
  const id = document.getElementById("live").dataset.job;
  document.addEventListener("noria:job", (event) => { if (event.detail.id === id) read(); });
  document.addEventListener("noria:all", read);
  read();
})();
