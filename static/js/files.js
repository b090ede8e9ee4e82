/* A file that weighs more than may be sent is said so when it is chosen, not after minutes of sending. Without it the server says so. */
"use strict";
(() => {
  document.querySelectorAll("input[type=file][data-most]").forEach((input) => input.addEventListener("change", () => {
    const most = Number(input.dataset.most) * 1048576, files = [...input.files], heavy = files.filter((file) => file.size > most);
    const said = input.parentElement.querySelector("[data-said-heavy]");
    if (said) said.remove();
    if (!heavy.length) return;
    const left = window.DataTransfer && new DataTransfer();
    if (left) files.filter((file) => file.size <= most).forEach((file) => left.items.add(file));
    if (left && left.files.length) input.files = left.files; else input.value = "";
    const words = document.createElement("p");
    words.className = "why";
    words.setAttribute("role", "alert");
    words.dataset.saidHeavy = "";
    words.textContent = heavy.map((file) => input.dataset.heavy.replace("{size}", (file.size / 1048576).toFixed(1)).replace("{name}", () => file.name)).join(" ");
    input.before(words);
  }));
})();
