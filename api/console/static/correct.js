// The queue's page: images are sent in small batches, and what is refused is said by name.
(() => {
  "use strict";
  const zone = document.getElementById("upload"), MOST_FILES = 8, MOST_BYTES = 24 << 20;
  const make = (name, properties = {}, ...children) => {
    const element = Object.assign(document.createElement(name), properties);
    element.append(...children);
    return element;
  };
  const counted = (name, count) => count ? filled(zone.dataset[count === 1 ? `${name}One` : name], { count }) : "";
  const filled = (text, values) => Object.entries(values).reduce((said, [name, value]) => said.replace(`{${name}}`, value), text);

  // One request; resolves to its status and JSON, status 0 if no answer came.
  const send = (files, moved) => new Promise((resolve) => {
    const request = new XMLHttpRequest(), data = new FormData();
    for (const file of files) data.append("file", file);
    request.open("POST", zone.action);
    request.setRequestHeader("Accept", "application/json");
    request.responseType = "json";
    request.upload.onprogress = (event) => moved(event.lengthComputable ? event.loaded / event.total : 0);
    request.onload = () => resolve({ status: request.status, answer: request.response || {} });
    request.onerror = () => resolve({ status: 0, answer: {} });
    request.send(data);
  });
  const batches = (files) => {
    const made = [];
    let size = 0;
    for (const file of files) {
      if (!made.length || made.at(-1).length === MOST_FILES || size + file.size > MOST_BYTES) { made.push([]); size = 0; }
      made.at(-1).push(file);
      size += file.size;
    }
    return made;
  };

  let queue = [], busy = false;
  const upload = async (files) => {
    queue.push(...files);
    if (busy || !queue.length) return;
    busy = true;
    const place = document.getElementById("uploading"), words = zone.dataset, refused = [];
    const bar = make("progress", { max: 1, value: 0 }), said = make("p"), failures = make("ul");
    bar.setAttribute("aria-label", zone.querySelector("h2").textContent);
    place.replaceChildren(bar, said, failures);
    let kept = 0, fresh = 0, all = 0, settled = 0;
    const show = (part) => {
      bar.value = (settled + part) / Math.max(1, all);
      said.textContent = filled(words.busy, { done: settled, all });
    };
    const refuse = (file, why) => {
      refused.push(file);
      failures.append(make("li", { textContent: `${file.name}: ${why}` }));
    };
    const pass = async (batch) => {
      const { status, answer } = await send(batch, (share) => show(share * batch.length * 0.9));
      if (status === 200 || status === 201) { kept += batch.length; fresh += answer.new; settled += batch.length; return show(0); }
      const faults = new Map((answer.errors || []).map(({ field, message }) => [/^file\[(\d+)\]$/.exec(field)?.[1], message]).filter(([number]) => number));
      if (!faults.size && batch.length > 1) {  // one of them spoils it, and which one is not said
        for (const file of batch) await pass([file]);
        return;
      }
      const rest = batch.filter((file, number) => {
        const why = faults.get(String(number)) || (batch.length === 1 ? answer.detail || words.again : null);
        if (why) { refuse(file, why); settled += 1; }
        return !why;
      });
      show(0);
      if (rest.length) await pass(rest);
    };
    while (queue.length) {
      const taken = queue;
      queue = [];
      all += taken.length;
      for (const batch of batches(taken)) await pass(batch);
    }
    bar.remove();
    said.textContent = [counted("kept", fresh), counted("there", kept - fresh), counted("refused", refused.length)].filter(Boolean).join(" ");
    place.className = refused.length ? "notice warn" : "notice good";
    busy = false;
    document.getElementById("files").value = "";
    if (kept) await htmx.ajax("POST", words.look, { swap: "none" });  // not of #live, which a refresh may keep busy
    noria.refresh();
  };
  if (zone) {
    const files = document.getElementById("files");
    files.addEventListener("change", () => upload([...files.files]));
    zone.addEventListener("submit", (event) => { event.preventDefault(); upload([...files.files]); });
    zone.querySelector("[data-send]").hidden = true;  // choosing sends
    for (const name of ["dragenter", "dragover"]) zone.addEventListener(name, (event) => { event.preventDefault(); zone.classList.add("over"); });
    for (const name of ["dragleave", "drop"]) zone.addEventListener(name, () => zone.classList.remove("over"));
    zone.addEventListener("drop", (event) => { event.preventDefault(); upload([...event.dataTransfer.files]); });
    addEventListener("beforeunload", (event) => { if (busy) event.preventDefault(); });
  }
})();
