/* Says two minutes before a household's page signs itself out. Nothing needs this: the page leaves by a header of its own. */
(() => {
  const line = document.querySelector("[data-idle]");
  if (!line) return;
  const whole = Number(line.dataset.idle) * 1000;
  const said = line.querySelector("[data-idle-said]");
  const stay = line.querySelector("[data-idle-stay]");
  setTimeout(() => {
    line.classList.add("soon");
    said.textContent = line.dataset.said;
    stay.hidden = false;
  }, whole - 120000);
})();
