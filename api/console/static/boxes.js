// The box editor: an SVG over the image. Everything can be done by keyboard, mouse or finger; what is drawn and its history are
// kept in the tab until another prediction or correction takes their place, so that a reload or an undone save loses nothing.
(() => {
  "use strict";
  const editor = document.getElementById("editor"), words = editor.dataset, W = Number(words.width), H = Number(words.height);
  const svg = document.getElementById("boxes"), list = document.getElementById("list"), palette = document.getElementById("classes");
  const spoken = document.getElementById("spoken"), form = document.getElementById("save"), stage = editor.querySelector(".stage-box");
  const readonly = Boolean(words.readonly), known = JSON.parse(words.classes), classes = [...known];
  const STEP = Math.max(2, Math.round(Math.max(W, H) / 100)), HANDLES = ["nw", "n", "ne", "e", "se", "s", "sw", "w"];
  const MOST_KEPT = 100, MOST_DRAFTS = 5, COLOURS = 8, HOLD_MS = 120000;
  const say = (text) => { spoken.textContent = text; };
  const make = (name, attributes) => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    return element;
  };

  // State: boxes, whether somebody said that nothing is here, the history of both, which box is chosen, the class of new ones.
  let now = { boxes: JSON.parse(words.boxes), nothing: false }, past = [], future = [], chosen = -1, brush = 0, zoom = 1;
  const draft = `noria:boxes:${words.image}`, base = words.boxes;
  let mine = null;  // what was drawn here before another correction took the place of what it was drawn over
  const keep = () => {
    try { sessionStorage.setItem(draft, JSON.stringify({ base, now, past, future })); } catch { /* full or forbidden: a reload loses it */ }
  };
  try {  // drafts of the last images only, since a tab has little room
    const trail = JSON.parse(sessionStorage.getItem("noria:drafts") || "[]").filter((name) => name !== draft);
    for (const old of trail.splice(MOST_DRAFTS)) sessionStorage.removeItem(old);
    sessionStorage.setItem("noria:drafts", JSON.stringify([draft, ...trail]));
    const kept = JSON.parse(sessionStorage.getItem(draft));
    if (kept && kept.base === base && !readonly) ({ now, past, future } = kept);
    else if (kept && !readonly) mine = kept.now;
  } catch { /* not ours */ }
  for (const box of now.boxes) if (!classes.includes(box.label)) classes.push(box.label);
  const change = (next) => {
    past = [...past.slice(1 - MOST_KEPT), JSON.stringify(now)];
    future = [];
    now = next;
    keep();
  };
  const travel = (from, to) => {
    if (!from.length) return false;
    to.push(JSON.stringify(now));
    now = JSON.parse(from.pop());
    chosen = Math.min(chosen, now.boxes.length - 1);
    keep();
    draw();
    return true;
  };

  // Drawing. Sizes are in pixels of the image, so what shall look alike at every zoom is scaled.
  const scale = () => W / (svg.getBoundingClientRect().width || W);
  const percent = (share) => new Intl.NumberFormat(document.documentElement.lang, { style: "percent" }).format(share);
  const named = (box) => box.label + (box.confidence === undefined ? "" : ` ${percent(box.confidence)}`);
  const place = (group, box) => {
    const size = { x: box.x1, y: box.y1, width: Math.max(0, box.x2 - box.x1), height: Math.max(0, box.y2 - box.y1) }, unit = scale();
    for (const rect of group.querySelectorAll(".halo, .line")) for (const [key, value] of Object.entries(size)) rect.setAttribute(key, value);
    const text = group.querySelector("text");
    if (text) {
      text.setAttribute("x", box.x1);
      text.setAttribute("y", box.y1 > 18 * unit ? box.y1 - 5 * unit : box.y1 + 15 * unit);
      text.setAttribute("font-size", 13 * unit);
    }
    for (const handle of group.querySelectorAll("[data-handle]")) {
      const name = handle.dataset.handle, side = handle.classList.contains("grip") ? 24 * unit : 9 * unit;
      const x = name.includes("w") ? box.x1 : name.includes("e") ? box.x2 : (box.x1 + box.x2) / 2;
      const y = name.includes("n") ? box.y1 : name.includes("s") ? box.y2 : (box.y1 + box.y2) / 2;
      for (const [key, value] of Object.entries({ x: x - side / 2, y: y - side / 2, width: side, height: side })) handle.setAttribute(key, value);
    }
  };
  const look = (index) => `k${index % COLOURS} again${Math.floor(index / COLOURS) % 3}`;  // past the colours: other lines
  // The key of a class: the digit that it is called, else its place, as far as that is no other's name.
  const keyOf = (name, index) => /^\d$/.test(name) ? name : index < 9 && !classes.includes(String(index + 1)) ? String(index + 1) : "";
  const colour = (label) => look(Math.max(0, classes.indexOf(label)));
  const groupOf = (box, isChosen) => {
    const group = make("g", { class: colour(box.label) + (isChosen ? " chosen" : "") });
    group.append(make("rect", { class: "halo" }), make("rect", { class: "line" }), make("text", {}));
    group.lastChild.textContent = named(box);
    if (isChosen && !readonly) for (const name of HANDLES) group.append(make("rect", { class: "handle", "data-handle": name }), make("rect", { class: "grip", "data-handle": name }));
    place(group, box);
    return group;
  };
  const draw = () => {
    const groups = now.boxes.map((box, index) => groupOf(box, index === chosen));
    svg.replaceChildren(...groups.filter((_, index) => index !== chosen), ...(groups[chosen] ? [groups[chosen]] : []));
    list.replaceChildren(...now.boxes.map((box, index) => Object.assign(document.createElement("option"),
      { textContent: `${index + 1}. ${named(box)}`, value: index, selected: index === chosen })));
    const label = now.boxes[chosen] ? now.boxes[chosen].label : classes[brush];
    palette.replaceChildren(...classes.map((name, index) => {
      const button = Object.assign(document.createElement("button"), { type: "button", textContent: name, className: look(index), disabled: readonly });
      button.setAttribute("aria-pressed", name === label);
      const key = keyOf(name, index);
      if (key) button.append(" ", Object.assign(document.createElement("kbd"), { textContent: key, ariaHidden: "true" }));
      button.addEventListener("click", () => { relabel(index); svg.focus(); });
      return button;
    }));
    const saves = editor.querySelector("[data-saves]");
    if (saves) saves.textContent = past.length || words.known ? words.save : words.accept;
    if (form) {
      form.elements.boxes.value = JSON.stringify(now.boxes.map(({ label, x1, y1, x2, y2 }) => ({ label, x1, y1, x2, y2 })));
      form.elements.new_label.value = now.boxes.some((box) => !known.includes(box.label)) ? "yes" : "";
    }
    svg.dataset.count = now.boxes.length;
    svg.dataset.chosen = chosen;
  };
  const describe = () => {
    const box = now.boxes[chosen];
    say(box ? `${words.box} ${chosen + 1} ${words.of} ${now.boxes.length}: ${named(box)}; ${[box.x1, box.y1, box.x2, box.y2].map(Math.round).join(", ")}`
      : now.boxes.length ? words.none : now.nothing ? words.nothing : words.empty);
  };
  const choose = (index) => { chosen = now.boxes[index] ? index : -1; draw(); describe(); };

  // Changes. A box that a person changed is theirs: it has no confidence any more.
  const clamp = (value, most) => Math.min(most, Math.max(0, Math.round(value)));
  const inside = ({ label, x1, y1, x2, y2 }) => ({ label, x1: clamp(Math.min(x1, x2), W), y1: clamp(Math.min(y1, y2), H), x2: clamp(Math.max(x1, x2), W), y2: clamp(Math.max(y1, y2), H) });
  const put = (box, at = chosen) => {
    const fixed = inside(box);
    if (fixed.x2 - fixed.x1 < 1 || fixed.y2 - fixed.y1 < 1) return draw();
    change({ boxes: now.boxes.with(at, fixed), nothing: false });
    draw();
    describe();
  };
  const shifted = (box, dx, dy) => {
    const x = Math.min(W - box.x2, Math.max(-box.x1, dx)), y = Math.min(H - box.y2, Math.max(-box.y1, dy));
    return { ...box, x1: box.x1 + x, x2: box.x2 + x, y1: box.y1 + y, y2: box.y2 + y };
  };
  const pulled = (box, name, dx, dy) => ({
    ...box, x1: box.x1 + (name.includes("w") ? dx : 0), x2: box.x2 + (name.includes("e") ? dx : 0),
    y1: box.y1 + (name.includes("n") ? dy : 0), y2: box.y2 + (name.includes("s") ? dy : 0) });
  const add = (box) => {
    const fixed = inside({ label: classes[brush], ...box });
    if (!fixed.label || fixed.x2 - fixed.x1 < 2 || fixed.y2 - fixed.y1 < 2) return draw();
    change({ boxes: [...now.boxes, fixed], nothing: false });
    chosen = now.boxes.length - 1;
    draw();
    describe();
  };
  const relabel = (index) => {
    if (!classes[index] || readonly) return;
    brush = index;
    if (now.boxes[chosen] && now.boxes[chosen].label !== classes[index]) put({ ...now.boxes[chosen], label: classes[index] });
    else draw();
  };
  const acts = {
    add: () => add({ x1: W * 0.375, y1: H * 0.375, x2: W * 0.625, y2: H * 0.625 }),
    remove: () => {
      if (!now.boxes[chosen]) return say(words.none);
      change({ boxes: now.boxes.toSpliced(chosen, 1), nothing: false });
      choose(Math.min(chosen, now.boxes.length - 1));
      say(`${words.removed}. ${spoken.textContent}`);
    },
    nothing: () => {
      change({ boxes: [], nothing: true });
      choose(-1);
    },
    undo: () => {
      if (travel(past, future)) { describe(); return say(`${words.undone}. ${spoken.textContent}`); }
      acts.reopen();
    },
    redo: () => { if (travel(future, past)) { describe(); say(`${words.redone}. ${spoken.textContent}`); } },
    newclass: () => {
      const input = document.getElementById("new-class"), name = input.value.trim();
      if (name.length > words.longest) { input.focus(); return say(words.toolong); }
      if (!name) return input.focus();
      if (!classes.includes(name)) classes.push(name);
      input.value = "";
      relabel(classes.indexOf(name));
      palette.querySelector("[aria-pressed=true]").scrollIntoView({ block: "nearest" });
    },
    reopen: () => submit("reopen"), skip: () => submit("skip"), next: () => submit("next"),
    help: () => document.getElementById("keys").showModal(),
  };
  let sending = false;
  const submit = (id) => {
    const found = document.getElementById(id);
    if (found && !sending) found.requestSubmit();
  };
  document.addEventListener("submit", (event) => {
    if (event.target.method === "dialog") return;
    const unsaid = event.target === form && !now.boxes.length && !now.nothing;
    if (sending || unsaid) {
      event.preventDefault();
      event.stopImmediatePropagation();
      if (unsaid) { say(words.empty); svg.focus(); }
      return;
    }
    sending = true;
    if (event.target === form) { keep(); say(words.saving); }
  }, true);
  for (const name of ["htmx:response:error", "htmx:error"]) document.addEventListener(name, ({ detail: { ctx } }) => {
    if (ctx && ctx.sourceElement.id === "live") return;  // a refresh says nothing of what was sent
    sending = false;
    describe();
  });
  addEventListener("pageshow", () => { sending = false; });

  // Keys count only while the image has the focus.
  const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  const keys = { a: "add", Delete: "remove", Backspace: "remove", 0: "nothing", x: "nothing", "?": "help", s: "skip", "]": "next", u: "reopen" };
  const zoomBy = (factor) => { zoom = Math.min(8, Math.max(1, zoom * factor)); fit(); };
  const pressed = (event) => {
    const { key } = event, control = event.ctrlKey || event.metaKey, box = now.boxes[chosen];
    const meant = classes.findIndex((name, index) => keyOf(name, index) === key);
    if (arrows[key]) {
      if (!box || readonly) return false;
      const [dx, dy] = arrows[key].map((part) => part * (control || event.altKey ? 1 : STEP));
      put(event.shiftKey ? pulled(box, "se", dx, dy) : shifted(box, dx, dy));
    } else if (control && key.toLowerCase() === "z") { if (!readonly) event.shiftKey ? acts.redo() : acts.undo(); }
    else if (control && key === "y") { if (!readonly) acts.redo(); }
    else if (control || event.altKey) return false;
    else if (key === "n" || key === "p") {
      const count = now.boxes.length;
      choose(count ? (chosen + (key === "n" ? 1 : chosen < 0 ? 0 : -1) + count) % count : -1);
    } else if (meant >= 0) relabel(meant);
    else if (key === "Enter") submit("save");
    else if (key === "Escape") choose(-1);
    else if (key === "+" || key === "=") zoomBy(1.25);
    else if (key === "-") zoomBy(0.8);
    else if (key === "[") history.back();
    else if (keys[key] && (!readonly || key === "?" || key === "]")) acts[keys[key]]();
    else return false;
    return true;
  };
  svg.addEventListener("keydown", (event) => { if (pressed(event)) event.preventDefault(); });
  for (const button of editor.querySelectorAll("[data-act]")) button.addEventListener("click", () => {
    acts[button.dataset.act]();
    if (button.dataset.act !== "help" && document.activeElement.id !== "new-class") svg.focus();
  });
  document.getElementById("keys").addEventListener("close", () => svg.focus());
  const input = document.getElementById("new-class");
  if (input) input.addEventListener("keydown", (event) => { if (event.key === "Enter") { event.preventDefault(); acts.newclass(); svg.focus(); } });
  list.addEventListener("change", () => choose(Number(list.value)));

  // Mouse and finger: a handle resizes, a box moves, what is beside draws; a click without a move goes through the pile.
  const at = (event) => {
    const frame = svg.getBoundingClientRect();
    return { x: (event.clientX - frame.left) / frame.width * W, y: (event.clientY - frame.top) / frame.height * H };
  };
  const under = ({ x, y }) => now.boxes.map((box, index) => ({ index, area: (box.x2 - box.x1) * (box.y2 - box.y1), hit: x >= box.x1 && x <= box.x2 && y >= box.y1 && y <= box.y2 }))
    .filter((entry) => entry.hit).sort((a, b) => a.area - b.area).map((entry) => entry.index);
  let drag = null;
  svg.addEventListener("pointerdown", (event) => {
    if (event.button || !event.isPrimary) return;
    const from = at(event), pile = under(from), handle = event.shiftKey ? undefined : event.target.dataset.handle;
    const was = chosen;
    if (!handle && !event.shiftKey && pile.length && !pile.includes(chosen)) choose(pile[0]);
    drag = { from, handle, pile, was, moved: false, draws: !handle && (event.shiftKey || !pile.length), box: now.boxes[chosen] };
    svg.setPointerCapture(event.pointerId);
    svg.focus({ preventScroll: true });
    event.preventDefault();
  });
  svg.addEventListener("pointermove", (event) => {
    if (!drag || readonly) return;
    const { x, y } = at(event), dx = x - drag.from.x, dy = y - drag.from.y;
    if (!drag.moved && Math.hypot(dx, dy) < 3 * scale()) return;
    if (!drag.moved && drag.draws) { chosen = -1; draw(); }
    drag.moved = true;
    drag.now = drag.draws ? { label: classes[brush], x1: drag.from.x, y1: drag.from.y, x2: x, y2: y }
      : drag.handle ? pulled(drag.box, drag.handle, dx, dy) : shifted(drag.box, dx, dy);
    if (drag.draws && !drag.group) { drag.group = groupOf(inside(drag.now), false); svg.append(drag.group); }
    place(drag.group || svg.querySelector(".chosen"), inside(drag.now));
  });
  const drop = () => {
    const done = drag;
    drag = null;
    if (!done) return;
    if (done.moved) return done.draws ? add(done.now) : put(done.now);
    if (done.handle) return;
    const before = done.pile.indexOf(done.was);
    choose(done.pile.length ? done.pile[(before + 1) % done.pile.length] : -1);
  };
  svg.addEventListener("pointerup", drop);
  svg.addEventListener("pointercancel", () => { drag = null; draw(); });

  // The whole image fits the screen; zoom makes it larger than its frame.
  const fit = () => {
    const frame = stage.parentElement, wide = innerWidth > 900, above = frame.getBoundingClientRect().top + scrollY;
    const room = Math.max(260, wide ? innerHeight - above - 16 : innerHeight * 0.62);
    stage.style.width = `${Math.floor(Math.min(frame.clientWidth, room * W / H) * zoom)}px`;
    draw();
  };
  new ResizeObserver(fit).observe(stage.parentElement);

  // The prediction, or a correction made elsewhere, came after the page: take its boxes, unless somebody has begun to draw.
  document.addEventListener("htmx:after:swap", () => {
    const live = document.getElementById("live");
    const stale = live && (live.dataset.prediction !== words.prediction || live.dataset.correction !== words.correction);
    if (stale && !past.length && !drag && !sending) location.reload();
  });
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });  // it shows what counted when it was left

  // The save came too late: what was drawn here is taken back by a click, over what counts now.
  const back = document.getElementById("mine");
  if (back && mine) {
    back.hidden = false;
    back.addEventListener("click", () => {
      back.hidden = true;
      change(mine);
      choose(-1);
      say(words.back);
      svg.focus();
    });
  }

  // Whoever works on the image goes on holding it: each refresh of the page prolongs that.
  let touched = false;
  for (const name of ["keydown", "pointerdown"]) editor.addEventListener(name, () => { touched = true; });
  if (!readonly) setInterval(() => {
    if (touched && !document.hidden) noria.refresh();
    touched = false;
  }, HOLD_MS);
  fit();
  describe();
  svg.focus({ preventScroll: true });
  svg.dataset.ready = "yes";
})();
