// A record on site where the signal comes and goes. What is typed and photographed stays in this page's memory alone:
// nothing is stored on the telephone. The page works without this file.
(function () {
  'use strict';
  const form = document.querySelector('[data-visit]');
  if (!form || !window.fetch || !window.DataTransfer) return;
  const said = form.querySelector('[data-said]');
  const button = form.querySelector('button[type=submit]');
  let changed = false, sending = false, waiting = false;
  form.addEventListener('input', () => { changed = true; });
  window.addEventListener('beforeunload', (event) => { if (changed) event.preventDefault(); });

  const tell = (words) => { said.textContent = words; };
  const leave = (to) => { changed = false; location.replace(to); };
  const part = (text, what) => new DOMParser().parseFromString(text, 'text/html').querySelector(what);
  // After a failure the page is read first: it tells whether the record has come, and brings the form's present key.
  const ready = async () => {
    const answer = await fetch(form.action, { credentials: 'same-origin' });
    if (answer.redirected || !answer.ok) { tell(answer.redirected ? form.dataset.login : form.dataset.failed); return false; }
    const now = part(await answer.text(), '[data-visit] [name=csrf_token]');
    if (!now) { leave(form.action); return false; }
    form.querySelector('[name=csrf_token]').value = now.value;
    return true;
  };
  const refused = (text) => {
    const fresh = new DOMParser().parseFromString(text, 'text/html');
    const box = fresh.querySelector('.problem');
    if (!box) { tell(form.dataset.failed); return; }
    const own = document.importNode(box, true);
    own.tabIndex = -1;
    form.before(own);
    own.focus();
    tell('');
  };
  const send = async () => {
    if (sending) return;
    sending = true;
    button.disabled = true;
    tell(form.dataset.sending);
    document.querySelectorAll('.problem').forEach((old) => old.remove());
    try {
      if (waiting && !(await ready())) return;
      const answer = await fetch(form.action, { method: 'POST', body: new FormData(form), credentials: 'same-origin' });
      waiting = !answer.ok;
      if (answer.ok && answer.redirected && new URL(answer.url).pathname === new URL(form.action).pathname) return leave(answer.url);
      if (answer.redirected) { waiting = true; return tell(form.dataset.login); }
      refused(await answer.text());
    } catch (_lost) {
      waiting = true;
      tell(form.dataset.lost);
    } finally {
      sending = false;
      button.disabled = false;
    }
  };
  form.addEventListener('submit', (event) => { event.preventDefault(); send(); });
  window.addEventListener('online', () => { if (waiting) send(); });

  const chosen = form.querySelector('[name=photos]:not(#shoot)'), camera = form.querySelector('#shoot'), shots = form.querySelector('[data-shots]');
  const count = () => { shots.hidden = !chosen.files.length; shots.textContent = shots.dataset.words + ' ' + chosen.files.length; };
  chosen.addEventListener('change', count);
  camera.addEventListener('change', () => { // one picture after the other, all kept
    const all = new DataTransfer();
    for (const file of [...chosen.files, ...camera.files]) all.items.add(file);
    chosen.files = all.files;
    camera.value = '';
    count();
  });

  const place = form.querySelector('[data-place]'), point = form.querySelector('[name=point]');
  if (!navigator.geolocation) return;
  const [add, drop, where] = ['[data-add]', '[data-drop]', '[role=status]'].map((what) => place.querySelector(what));
  const show = (words) => { where.textContent = words; drop.hidden = !point.value; };
  const e7 = (degrees) => Math.round(degrees * 1e7);
  place.hidden = false;
  add.addEventListener('click', () => navigator.geolocation.getCurrentPosition(({ coords }) => {
    point.value = [e7(coords.latitude), e7(coords.longitude), Math.min(999999, Math.round(coords.accuracy))].join(' ');
    show(where.dataset.added + ' ' + Math.round(coords.accuracy));
  }, () => show(where.dataset.none), { enableHighAccuracy: true, timeout: 30000, maximumAge: 0 }));
  drop.addEventListener('click', () => { point.value = ''; show(''); });
})();
