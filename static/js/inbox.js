// Optional: single keys for the inbox. They can be switched off, and are off while something is typed.
(function () {
  'use strict';
  const rows = Array.from(document.querySelectorAll('[data-row]'));
  const form = document.querySelector('[data-inbox]');
  const help = document.querySelector('[data-keys]');
  if (!help) return;
  const toggle = help.querySelector('[data-keys-on]');
  const KEY = 'yangguang-single-keys';
  let at = -1;
  const kept = () => { try { return localStorage.getItem(KEY); } catch (_error) { return null; } };
  toggle.checked = kept() !== 'off';
  toggle.addEventListener('change', () => {
    try { localStorage.setItem(KEY, toggle.checked ? 'on' : 'off'); } catch (_error) { /* private window: until it closes */ }
  });
  help.hidden = false;
  const go = (to) => {
    if (!rows.length) return;
    if (rows[at]) rows[at].removeAttribute('aria-selected');
    at = Math.max(0, Math.min(rows.length - 1, to));
    rows[at].setAttribute('aria-selected', 'true');
    rows[at].querySelector('[data-open]').focus();
  };
  const box = () => rows[at] && rows[at].querySelector('input[type=checkbox]');
  const count = () => {
    const told = document.querySelector('[data-count]');
    const n = form ? form.querySelectorAll('input[name=lead]:checked').length : 0;
    if (!told) return;
    told.dataset.words = told.dataset.words || told.textContent;
    told.textContent = n ? n + ' ✓' : told.dataset.words;
  };
  if (form) form.addEventListener('change', count);
  const chosen = () => { const one = box(); if (one && !form.querySelector('input[name=lead]:checked')) { one.checked = true; count(); } };
  const doing = {
    j: () => go(at + 1),
    k: () => go(at - 1),
    x: () => { const one = box(); if (one) { one.checked = !one.checked; count(); } },
    o: () => { if (rows[at]) rows[at].querySelector('[data-open]').click(); },
    a: () => { const field = document.getElementById('b-person'); if (field) { chosen(); field.focus(); } },
    s: () => { const button = form && form.querySelector('[value=snooze]'); if (button && box()) { chosen(); form.requestSubmit(button); } },
    e: () => { if (rows[at]) location.href = rows[at].querySelector('[data-open]').href + '#conclude'; },
    '?': () => { help.scrollIntoView({ block: 'center' }); toggle.focus(); },
    z: () => { const button = document.querySelector('[data-key=z]'); if (button) button.click(); },
  };
  document.addEventListener('keydown', (event) => {
    const typing = event.target.closest('input:not([type=checkbox]), textarea, select, [contenteditable]');
    if (!toggle.checked || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    const act = doing[event.key];
    if (act) { event.preventDefault(); act(); }
  });
})();
