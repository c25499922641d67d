// What every page does: listens to its one event stream, keeps what is shown fresh, and says what is wrong.
(() => {
  "use strict";
  const body = document.body, words = body.dataset, states = JSON.parse(words.states);
  const REFRESH_MS = 1000, AGAIN_MS = 5000, SAID_MS = 8000;
  const say = (id, text, style) => {
    const place = document.getElementById(id);
    place.textContent = text;
    place.className = "notice " + style;
    place.hidden = !text;
  };
  let fading;
  const note = (text, style) => {
    say("said", text, style);
    clearTimeout(fading);
    fading = setTimeout(() => say("said", "", ""), SAID_MS);
  };

  // The page again from its own address; the element of the same id is morphed, so focus and what is typed stay.
  let due, last = 0, going = false;
  const refresh = () => {
    const live = document.getElementById("live");
    if (!live || due) return;
    due = setTimeout(async () => {
      due = null;
      if (going) return refresh();
      if (live.dataset.grown) return newer();
      last = Date.now();
      going = true;
      try {
        await htmx.ajax("GET", location.href, { source: live, target: live, select: "#live", swap: "outerMorph" });
      } finally { going = false; }
    }, Math.max(30, last + REFRESH_MS - Date.now()));
  };
  // An answer that comes too late is not shown: something else has led elsewhere since it was asked for, or older rows have come below
  // what a refresh fetched, or a refresh has moved the place where older rows go on.
  const here = () => location.pathname + location.search;
  document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => Object.assign(ctx, { asked: Date.now(), from: here() }));
  document.addEventListener("htmx:before:swap", (event) => {
    const { ctx } = event.detail, { dataset, id } = ctx.sourceElement, more = ctx.target && ctx.target.closest("tr.more");
    const link = more && more.querySelector("a"), left = ctx.request.method === "GET" && ctx.from !== here();
    if (left || (id === "live" && dataset.grown) || (more && link.pathname + link.search !== ctx.request.action)) {
      event.preventDefault();
      if (id === "live") refresh();
    } else if (more && ctx.swap !== "none") document.getElementById("live").dataset.grown = "yes";  // none: an error
  });
  const newer = () => { const hint = document.getElementById("newer"); if (hint) hint.hidden = false; };

  // Rows and pages that show a job: its state and progress at once, the rest with the next refresh.
  const MOST_HEARD = 10000, pending = new Map(), heard = new Map();  // jobs with news that are not shown yet; the last news of each
  const paint = () => {
    const live = document.getElementById("live");
    let stale = false, unknown = false;
    for (const job of pending.values()) {
      const places = document.querySelectorAll(`[data-job="${CSS.escape(job.id)}"]`);
      if (!places.length && (heard.get(job.id) || {}).state !== job.state) unknown = true;
      heard.set(job.id, job);
      for (const place of places) {
        const bar = place.querySelector("[data-fraction]"), stage = place.querySelector("[data-stage]");
        if (bar) bar.value = job.fraction;
        if (stage) stage.textContent = job.stage || "";
        const attempt = String(job.attempt);  // an attempt that is lost and followed at once leaves the state as it was
        if (place.dataset.was !== job.state || place.dataset.attempt !== attempt) {
          Object.assign(place.dataset, { was: job.state, attempt });
          stale = true;
          const shown = job.state === "queued" && job.attempt ? "retrying" : job.state, badge = place.querySelector("[data-state]");
          if (badge) {
            badge.className = "badge " + shown;
            badge.textContent = states[shown][1] + " " + states[shown][0];
          }
        } else if (!bar && job.state === "running") stale = true;
      }
      document.dispatchEvent(new CustomEvent("noria:job", { detail: job }));
    }
    pending.clear();
    if (heard.size > MOST_HEARD) heard.clear();
    if (!live) return;
    if (live.dataset.grown) { if (unknown) newer(); }
    else if (stale || (unknown && live.dataset.first)) refresh();
  };

  // What was heard while an answer was on its way, which may not know of it.
  document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
    for (const job of heard.values()) if (job.at >= ctx.asked && !pending.has(job.id)) pending.set(job.id, job);
    paint();
  });

  // A job that waits sends no news, and neither does a worker that goes.
  setInterval(() => { if (!document.hidden && document.querySelector("#live[data-waits]")) refresh(); }, 10000);

  let stream, opened = false, lost = false;
  const listen = () => {
    if (!words.feed || stream) return;
    stream = new EventSource(words.feed);
    stream.onopen = () => {
      if (lost) { lost = false; say("trouble", "", ""); note(words.back, "good"); }
      if (opened) recover(); else refresh();
      opened = true;
    };
    stream.onerror = () => {
      lost = true;
      say("trouble", words.lost, "bad");
      if (stream && stream.readyState === EventSource.CLOSED) { hush(); setTimeout(listen, AGAIN_MS); }
    };
    stream.addEventListener("jobs", (event) => {
      if (!pending.size) requestAnimationFrame(paint);
      for (const job of JSON.parse(event.data)) pending.set(job.id, { ...job, at: Date.now() });
    });
    stream.addEventListener("all", recover);
    stream.addEventListener("trouble", (event) => say("trouble", JSON.parse(event.data).message, "bad"));
    stream.addEventListener("parts", (event) => {
      const { unserved, tracking } = JSON.parse(event.data), place = document.getElementById("parts");
      const said = [unserved.length && words.unserved.replace("{names}", unserved.join(", ")), tracking && words.untracked].filter(Boolean);
      place.firstElementChild.textContent = said.join(" ");
      place.hidden = !said.length;
    });
    stream.addEventListener("well", () => {
      const away = !document.getElementById("trouble").hidden && !lost;
      say("trouble", "", "");
      if (away || document.querySelector("[data-recovers]")) recover();
    });
  };
  const hush = () => { if (stream) { stream.close(); stream = null; } };
  window.noria = { note, hush, refresh };
  const recover = () => {
    if (document.querySelector("[data-recovers]")) return location.reload();
    const live = document.getElementById("live");
    if (live && live.dataset.grown) newer(); else refresh();
    document.dispatchEvent(new CustomEvent("noria:all"));
  };
  document.addEventListener("visibilitychange", () => document.hidden ? hush() : listen());
  addEventListener("pagehide", hush);
  addEventListener("pageshow", listen);

  // What htmx meets: a form that changed something, an answer that is an error, no answer at all.
  document.addEventListener("htmx:after:request", (event) => {
    const { ctx } = event.detail;
    if (ctx.response && ctx.response.status === 204 && !ctx.hx.redirect) { last = 0; refresh(); }  // a page that is left is not fetched
  });
  document.addEventListener("htmx:response:error", (event) => {
    const { ctx } = event.detail;
    if (ctx.response.status === 422 && ctx.sourceElement.hasAttribute("hx-status:422")) return;
    let said = words.failed;
    try { said = JSON.parse(ctx.text).detail || said; } catch { /* not a problem document */ }
    note(said, "bad");
  });
  document.addEventListener("htmx:after:swap", () => {  // what is wrong with a form, which may stand above what is seen of it
    const faults = document.querySelector("[data-faults]:not([data-told])");
    if (!faults) return;
    faults.dataset.told = "yes";
    faults.focus();
  });
  document.addEventListener("htmx:error", (event) => {
    if (event.detail.ctx) note(words.failed, "bad");
  });

  // Relative times go on by themselves.
  const relative = new Intl.RelativeTimeFormat(document.documentElement.lang, { numeric: "always" });
  const UNITS = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];
  setInterval(() => {
    for (const time of document.querySelectorAll("time[data-ago]")) {
      const passed = Math.max(0, (Date.now() - new Date(time.dateTime)) / 1000);
      const [unit, length] = UNITS.find(([, length]) => passed >= length * 1.5) || UNITS[3];
      time.textContent = relative.format(-Math.round(passed / length), unit);
    }
  }, 10000);
  body.dataset.ready = "yes";
})();
