// The buy list: quantities that a person changes, how each comes about, and the sliders of what-if.
// Changes are kept in this browser, for lists of the same sales and stock, so neither a refresh nor a new list loses them.
(() => {
  "use strict";
  const live = () => document.getElementById("live");
  const shown = new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: 2 });
  const whole = new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: 0 });

  // What was changed: item → units.
  let edits = {}, basis = null;
  const name = () => "noria-buy:" + basis;
  const load = () => {
    basis = live().dataset.basis;
    try { edits = JSON.parse(localStorage.getItem(name()) || "{}"); } catch { edits = {}; }
  };
  const keep = () => {
    try {
      if (Object.keys(edits).length) localStorage.setItem(name(), JSON.stringify(edits)); else localStorage.removeItem(name());
    } catch { /* a browser that keeps nothing: the changes last as long as the page */ }
  };
  addEventListener("storage", (event) => { if (event.key === name()) { load(); paint(); } });

  // Of every article of the list, shown or not: the advised units and the cost of one; read once, when something was changed.
  let figures = null, list = null;
  const known = async () => {
    const { figures: address, list: wanted } = live().dataset;
    if (list === wanted) return figures;
    try {
      const answer = await fetch(address, { headers: { Accept: "application/json" } });
      if (!answer.ok) return null;
      figures = await answer.json();
      list = wanted;
      return figures;
    } catch { return null; }
  };

  const paintLine = (input) => {
    const { item, advisedUnits, cost } = input.dataset, line = input.closest("tr"), advised = Number(advisedUnits);
    const changed = Object.hasOwn(edits, item) && edits[item] !== advised;
    if (document.activeElement !== input) input.value = changed ? edits[item] : advisedUnits;
    line.classList.toggle("edited", changed);
    const note = line.querySelector(".by-hand"), money = line.querySelector("[data-investment]");
    note.hidden = !changed;
    note.querySelector("[data-said]").textContent = live().dataset.advised.replace("{n}", shown.format(advised));
    note.querySelector("[data-back]").setAttribute("aria-label", live().dataset.undo.replace("{name}", input.dataset.name));
    if (cost !== "") money.textContent = shown.format((changed ? edits[item] : advised) * Number(cost));
  };
  const total = (what, text) => {
    const place = document.querySelector(`[data-total="${what}"]`);
    if (place) place.textContent = text;
  };
  const paintTotals = async () => {
    const place = document.getElementById("edits"), wanted = live().dataset.list;
    if (!place) return;
    const every = Object.keys(edits).length ? await known() : {};
    if (!every || live().dataset.list !== wanted) return;
    const there = Object.keys(edits).filter((item) => Object.hasOwn(every, item) && every[item][0] !== edits[item]);
    const said = live().dataset;
    let units = Number(said.units), money = Number(said.investment), articles = Number(said.articles);
    for (const item of there) {
      const [advised, cost] = every[item];
      units += edits[item] - advised;
      money += (edits[item] - advised) * (cost || 0);
      articles += (edits[item] > 0) - (advised > 0);
    }
    total("units", shown.format(units));
    total("articles", whole.format(articles));
    const costed = document.querySelector('[data-total="investment"]');
    if (costed && costed.textContent.trim() !== "–") costed.textContent = whole.format(money);
    const spent = document.querySelector('[data-total="spent"]');
    if (spent) spent.value = money;
    for (const tile of document.querySelectorAll(".tiles .tile")) {
      tile.classList.toggle("edited", there.length > 0 && !!tile.querySelector("[data-total]"));
      tile.classList.toggle("over", !!said.budget && money > Number(said.budget) && !!tile.querySelector('[data-total="investment"]'));
    }
    place.hidden = !there.length;
    place.querySelector("[data-edits]").textContent = whole.format(there.length);
    place.querySelector("ul").replaceChildren(...there.map((item) => {
      const entry = document.createElement("li");
      entry.textContent = `${item}: ${shown.format(every[item][0])} → ${shown.format(edits[item])}`;
      return entry;
    }));
  };
  const paint = () => {
    if (live().dataset.basis !== basis) load();
    for (const input of document.querySelectorAll("input[data-item]")) paintLine(input);
    for (const button of document.querySelectorAll("[data-why]")) {
      const line = document.getElementById(button.dataset.why);
      button.setAttribute("aria-expanded", String(!!line && "mine" in line.dataset));
    }
    paintTotals();
  };

  const change = (item, units) => {
    if (units === null) delete edits[item]; else edits[item] = units;
    keep();
  };
  document.addEventListener("input", (event) => {
    const input = event.target;
    if (input.dataset.item !== undefined) {
      const units = input.valueAsNumber;
      change(input.dataset.item, Number.isFinite(units) && units >= 0 && units !== Number(input.dataset.advisedUnits) ? units : null);
      paintLine(input);
      paintTotals();
    } else if (input.dataset.for) {
      const field = document.getElementById(input.dataset.for);
      field.value = input.dataset.for === "budget" && input.value === input.max ? "" : input.value;
    } else if (input.closest("#terms")) {
      const slide = document.getElementById(input.id + "-slide");
      if (slide) slide.value = input.value === "" ? slide.max : input.value;
    }
  });
  document.addEventListener("focusout", (event) => { if (event.target.dataset.item !== undefined) setTimeout(() => paintLine(event.target)); });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.dataset.why) {
      const line = document.getElementById(button.dataset.why), open = !("mine" in line.dataset);
      if (open) line.dataset.mine = "open"; else delete line.dataset.mine;
      button.setAttribute("aria-expanded", String(open));
    } else if ("back" in button.dataset) {
      const input = button.closest("tr").querySelector("input[data-item]");
      change(input.dataset.item, null);
      input.focus();
      input.value = input.dataset.advisedUnits;
      paint();
    } else if ("discard" in button.dataset) {
      edits = {};
      keep();
      paint();
    }
  });
  document.addEventListener("submit", (event) => {
    if ("export" in event.target.dataset) event.target.elements.edits.value = JSON.stringify(edits);
  });
  // Enter in a quantity goes to the next one, as in a spreadsheet.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.target.dataset.item === undefined) return;
    event.preventDefault();
    const all = [...document.querySelectorAll("input[data-item]")], next = all[all.indexOf(event.target) + (event.shiftKey ? -1 : 1)];
    if (next) { next.focus(); next.select(); }
  });
  document.addEventListener("htmx:after:swap", paint);

  // A list that was made elsewhere: this page shows the last one. Where more of it was scrolled in, it only says so.
  document.addEventListener("noria:job", ({ detail }) => {
    const { newest, grown, job, list: mine } = live().dataset;
    const ended = ["succeeded", "failed", "canceled"].includes(detail.state);
    if (detail.id === job && ended && grown) document.getElementById("newer").hidden = false;
    const asking = document.querySelector("#terms.htmx-request");
    if (newest && !grown && !asking && detail.state === "succeeded" && detail.id !== mine)
      htmx.ajax("GET", location.href, { source: live(), target: live(), select: "#live", swap: "outerMorph" });
  });
  const terms = document.querySelector(".what-if");
  if (terms && innerWidth <= 640) terms.open = false;  // on a phone the list comes first
  paint();
})();
