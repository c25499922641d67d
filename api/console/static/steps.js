// The steps of a retrain go on: its job's stage begins with the number of the present one, and the page has the time of each that is over.
(() => {
  "use strict";
  document.addEventListener("noria:job", ({ detail }) => {
    const shown = document.querySelector(`#live [data-steps-of="${CSS.escape(detail.id)}"]`);
    if (shown && String(Number.parseInt(detail.stage, 10) || "") !== shown.dataset.reached) noria.refresh();
  });
})();
