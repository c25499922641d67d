// Numbered steps of a job go on as its stage does, which begins with the number of the present one.
(() => {
  "use strict";
  document.addEventListener("noria:job", ({ detail }) => {
    const at = parseInt(detail.stage, 10);
    if (!at || detail.state !== "running") return;
    for (const step of document.querySelectorAll(`[data-job="${CSS.escape(detail.id)}"] [data-step]`)) {
      const number = Number(step.dataset.step);
      step.className = number < at ? "done" : number > at ? "todo" : "now";
      if (number === at) step.setAttribute("aria-current", "step"); else step.removeAttribute("aria-current");
    }
  });
})();
