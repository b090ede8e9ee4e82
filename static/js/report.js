/* Small helps on the pages of reports. Nothing is stored on the device; every page works without this file. */
"use strict";
(() => {
  document.querySelectorAll("[data-leave]").forEach((link) => link.addEventListener("click", (event) => {
    event.preventDefault();
    location.replace(link.href); // the page that is left does not stay behind the back button
  }));
  // The receipt as a picture, drawn from what stands on the page; nothing is asked of any server.
  const drawn = async (receipt, title) => {
    const lines = [...receipt.querySelectorAll("dl > *")].map((part) => [part.tagName === "DD", (part.querySelector(".big") || part.firstChild).textContent.trim()]);
    const qr = receipt.querySelector(".qr svg").cloneNode(true);
    qr.setAttribute("xmlns", "http://www.w3.org/2000/svg");
    if (!qr.hasAttribute("viewBox")) qr.setAttribute("viewBox", `0 0 ${parseFloat(qr.getAttribute("width"))} ${parseFloat(qr.getAttribute("height"))}`);
    qr.setAttribute("width", "360");
    qr.setAttribute("height", "360");
    const image = new Image();
    image.src = "data:image/svg+xml," + encodeURIComponent(new XMLSerializer().serializeToString(qr));
    await image.decode();
    const canvas = document.createElement("canvas"), face = getComputedStyle(document.body).fontFamily;
    const words = [...receipt.querySelectorAll(".scan p, .note")].map((part) => part.textContent.trim());
    canvas.width = 780;
    canvas.height = 1060;
    const pen = canvas.getContext("2d");
    const say = (text, size, y, ink, weight) => {
      pen.font = `${weight || 400} ${size}px ${face}`;
      pen.fillStyle = ink;
      let line = "";
      for (const part of text.match(/[\x21-\x7e]+\s*|./gu) || []) {
        if (line && pen.measureText(line + part).width > 660) { pen.fillText(line, 60, y); y += size * 1.5; line = ""; }
        line += part;
      }
      pen.fillText(line, 60, y);
      return y + size * 1.5;
    };
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, 780, 1060);
    let y = say(title, 44, 100, "#1a1a1a", 700) + 20;
    for (const [strong, text] of lines) y = say(text, strong ? 56 : 30, y, strong ? "#1a1a1a" : "#555b61", strong ? 700 : 400) + (strong ? 16 : 12);
    pen.drawImage(image, 210, y - 30, 360, 360);
    y += 390;
    for (const text of words) y = say(text, 26, y, "#1a1a1a") + 12;
    return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
  };
  document.querySelectorAll("[data-tools]").forEach((tools) => {
    const said = tools.querySelector("[role=status]");
    tools.hidden = false;
    tools.addEventListener("click", async (event) => {
      const button = event.target.closest("[data-do]");
      if (!button) return;
      if (button.dataset.do === "print") return window.print();
      if (button.dataset.do === "picture") {
        try {
          const link = document.createElement("a");
          link.href = URL.createObjectURL(await drawn(tools.closest("[data-receipt]"), button.dataset.title));
          link.download = button.dataset.name + ".png"; // a name that says nothing
          link.click();
          setTimeout(() => URL.revokeObjectURL(link.href), 60000);
          said.textContent = button.dataset.done;
        } catch { button.hidden = true; }
        return;
      }
      const words = [...document.querySelectorAll("[data-copy]")].map((part) => part.textContent).join("\n");
      try { await navigator.clipboard.writeText(words); said.textContent = button.dataset.done; } catch { button.hidden = true; }
    });
  });
  document.querySelectorAll("[data-record]").forEach((place) => {
    const input = document.getElementById("voice"), button = place.querySelector("button"), said = place.querySelector("[role=status]");
    if (!navigator.mediaDevices || !window.MediaRecorder || !window.DataTransfer) return;
    let recorder = null;
    button.textContent = place.dataset.start;
    place.hidden = false;
    const keep = (parts, type) => {
      const held = new DataTransfer();
      held.items.add(new File(parts, "voice", { type }));
      input.files = held.files;
      said.textContent = place.dataset.kept;
      button.textContent = place.dataset.start;
    };
    button.addEventListener("click", async () => {
      if (recorder) { recorder.stop(); recorder = null; return; }
      const sound = await navigator.mediaDevices.getUserMedia({ audio: true }).catch(() => null);
      if (!sound) { place.hidden = true; return; }
      const parts = [], own = recorder = new MediaRecorder(sound);
      own.ondataavailable = (event) => parts.push(event.data);
      own.onstop = () => { sound.getTracks().forEach((track) => track.stop()); keep(parts, own.mimeType); };
      own.start();
      button.textContent = place.dataset.stop;
      said.textContent = "";
    });
  });
})();
