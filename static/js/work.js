/* Solves the page's one-time challenge in a worker while the form is filled in. Without it the form works all the same. */
"use strict";
(() => {
  const place = document.querySelector("[data-work]");
  if (!place || !window.Worker) return;
  const form = place.closest("form");
  const field = form.querySelector("input[name=altcha], input[name=proof_of_work]");
  const said = place.querySelector("[data-work-said]");
  const worker = new Worker(place.dataset.worker);
  let waiting = null;
  const done = (solution) => {
    field.value = solution || "";
    worker.terminate();
    said.textContent = solution ? place.dataset.done : "";
    place.dataset.state = solution ? "done" : "none";
    if (waiting) form.requestSubmit(waiting === true ? undefined : waiting);
  };
  place.hidden = false;
  said.textContent = place.dataset.busy;
  worker.onmessage = (event) => done(event.data);
  worker.onerror = () => done("");
  worker.postMessage(place.dataset.work);
  form.addEventListener("submit", (event) => {
    if (place.dataset.state) return;
    event.preventDefault();
    said.textContent = place.dataset.wait;
    if (!waiting) {
      waiting = event.submitter || true;
      setTimeout(() => { if (!place.dataset.state) done(""); }, 20000);
    }
  });
})();
