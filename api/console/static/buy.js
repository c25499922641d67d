// The buy list: quantities that a person changes, how each comes about, and the sliders of what-if.
// Changes are kept in this browser, for lists of the same sales and stock, so neither a refresh nor a new list loses them.
(() => {
  "use strict";
  const live = () => document.getElementById("live");
  const numbers = (digits) => new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: digits, useGrouping: "always" });
  const shown = numbers(2), whole = numbers(0), exact = numbers(6);

  // Numbers as they are typed in the page's language; NaN for what is none there, so that none is taken for another.
  const sign = Object.fromEntries(exact.formatToParts(12345.6).map(({ type, value }) => [type, value]));
  const NUMBER = new RegExp(`^[-−]?(\\d{1,3}([${sign.group}]\\d{3})+|\\d+)([${sign.decimal}]\\d+)?$`);
  const read = (text) => NUMBER.test(text.trim())
    ? Number(text.trim().replaceAll(sign.group, "").replace(sign.decimal, ".").replace("−", "-")) : NaN;
  const filled = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
  const unread = (words, text) => filled(words, { text, example: exact.format(12500.5) });

  // What was changed: item → units; and what was typed that is no quantity: item → that text and what is wrong with it.
  let edits = {}, basis = null;
  const wrong = new Map();
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

  // What is wrong with a quantity, or what its article comes in: said once the field is left.
  const fault = (text, pack) => {
    const said = live().dataset, units = read(text);
    if (Number.isNaN(units)) return unread(said.unread, text);
    if (Number.isInteger(pack) && !Number.isInteger(units)) return said.whole;
    return units < 0 ? said.below : units > Number(said.most) ? filled(said.many, { most: whole.format(said.most) }) : "";
  };
  const packs = (units, pack, least) => {
    const said = live().dataset, count = units / pack;
    if (units < least) return filled(said.smallest, { n: shown.format(least) });
    if (!(pack > 0) || Math.abs(count - Math.round(count)) < 1e-6) return "";
    const [less, more] = [Math.floor(count), Math.ceil(count)].map((n) => shown.format(n * pack));
    return filled(count > 1 ? said.packs : said.pack, { pack: shown.format(pack), less, more });
  };
  const paintFault = (input, units) => {
    const { item, advisedUnits, packSize, minimum } = input.dataset, bad = wrong.get(item), place = input.parentElement.querySelector("[data-fault]");
    const advice = filled(live().dataset.advice, { n: shown.format(advisedUnits) });
    const said = bad ? `${bad.said} ${advice}` : units > 0 ? packs(units, Number(packSize), Number(minimum)) : "";
    if (place.textContent !== said) place.textContent = said;
    place.classList.toggle("bad", !!bad);
    input.setAttribute("aria-invalid", String(!!bad));
  };

  const paintLine = (input) => {
    const { item, advisedUnits, cost } = input.dataset, line = input.closest("tr"), advised = Number(advisedUnits);
    const changed = Object.hasOwn(edits, item) && edits[item] !== advised;
    if (document.activeElement !== input) {
      input.value = wrong.get(item)?.text ?? exact.format(changed ? edits[item] : advised);
      paintFault(input, changed ? edits[item] : null);
    } else if (!wrong.has(item)) paintFault(input, null);
    line.classList.toggle("edited", changed);
    const note = line.querySelector(".by-hand"), money = line.querySelector("[data-investment]");
    note.hidden = !changed && !wrong.has(item);
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
    const parts = new Map();  // supplier → what changed of its articles, units and money
    let units = Number(said.units), money = Number(said.investment), articles = Number(said.articles);
    for (const item of there) {
      const [advised, cost, supplier] = every[item], part = parts.get(supplier || "") || [0, 0, 0];
      parts.set(supplier || "", [part[0] + (edits[item] > 0) - (advised > 0), part[1] + edits[item] - advised, part[2] + (edits[item] - advised) * (cost || 0)]);
      units += edits[item] - advised;
      money += (edits[item] - advised) * (cost || 0);
      articles += (edits[item] > 0) - (advised > 0);
    }
    for (const line of document.querySelectorAll("tr[data-supplier]")) {
      const { supplier, articles: before, units: sold, money: worth } = line.dataset, [a, u, m] = parts.get(supplier) || [0, 0, 0];
      [Number(before) + a, Number(sold) + u, Number(worth) + m].forEach((n, at) => { line.cells[at + 1].textContent = (at === 1 ? shown : whole).format(n); });
      line.hidden = !(Number(before) + a);
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
      const { item, advisedUnits, packSize } = input.dataset, units = read(input.value), text = input.value;
      const bad = text.trim() && fault(text, Number(packSize));
      if (bad) wrong.set(item, { text, said: bad }); else wrong.delete(item);
      change(item, bad || Number.isNaN(units) || units === Number(advisedUnits) ? null : units);
      paintLine(input);
      paintTotals();
    } else if (input.dataset.for) {
      const field = document.getElementById(input.dataset.for);
      field.value = input.dataset.for === "budget" && input.value === input.max ? "" : exact.format(input.value);
      check(field);
    } else if (input.closest("#terms")) {
      const slide = document.getElementById(input.id + "-slide"), value = read(input.value);
      check(input);
      if (slide && (input.value.trim() === "" || !Number.isNaN(value))) slide.value = input.value.trim() === "" ? slide.max : value;
    }
  });
  document.addEventListener("focusout", (event) => { if (event.target.dataset.item !== undefined) setTimeout(() => { if (event.target.isConnected) paintLine(event.target); }); });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.dataset.why) {
      const line = document.getElementById(button.dataset.why), open = !("mine" in line.dataset);
      if (open) line.dataset.mine = "open"; else delete line.dataset.mine;
      button.setAttribute("aria-expanded", String(open));
    } else if ("back" in button.dataset) {
      const input = button.closest("tr").querySelector("input[data-item]");
      wrong.delete(input.dataset.item);
      change(input.dataset.item, null);
      input.focus();
      input.value = exact.format(input.dataset.advisedUnits);
      paint();
    } else if ("discard" in button.dataset) {
      edits = {};
      wrong.clear();
      keep();
      paint();
    }
  });
  document.addEventListener("submit", (event) => {
    if (!("export" in event.target.dataset)) return;
    const [[item, bad] = []] = wrong;
    if (item !== undefined) {  // nothing is exported that is not what was typed
      event.preventDefault();
      const field = document.querySelector(`input[data-item="${CSS.escape(item)}"]`);
      if (field) field.focus();
      return noria.note(`${item}: ${bad.said}`, "bad");
    }
    event.target.elements.edits.value = JSON.stringify(edits);
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
    if (newest && !grown && !asking && detail.state === "succeeded" && detail.id !== mine) noria.refresh();
  });

  // Of the terms, one that settles makes one list: a slider that is let go at once, one that keys move when they rest.
  const form = document.getElementById("terms"), POINTER_MS = 60, KEYS_MS = 800;
  const check = (field) => field.setCustomValidity(field.value.trim() && Number.isNaN(read(field.value)) ? unread(form.dataset.unread, field.value) : "");
  if (form) {
    let settling, keys = false;
    form.addEventListener("keydown", () => { keys = true; });
    form.addEventListener("pointerdown", () => { keys = false; });
    form.addEventListener("submit", () => clearTimeout(settling));
    form.addEventListener("change", () => {
      clearTimeout(settling);
      settling = setTimeout(() => { if (form.reportValidity()) form.dispatchEvent(new CustomEvent("settled")); }, keys ? KEYS_MS : POINTER_MS);
    });
  }
  const terms = document.querySelector(".what-if");
  if (terms && innerWidth <= 640) terms.open = false;  // on a phone the list comes first
  paint();
})();
