// @ts-check
// A visit: 到了 → picture → what was done → 保存. Every step is on disk before the next; no signal is needed.

import { lastAnswer } from '../core/api.js';
import { button, h, icon, replace, tag } from '../core/dom.js';
import { to } from '../core/place.js';
import { moment } from '../core/clock.js';
import { _, clock, shellData, sizeText } from '../core/text.js';
import { present as presentDevice, queueKey } from '../work/device.js';
import { discard, find, save, settled } from '../work/drafts.js';
import { best, Search } from '../work/location.js';
import { challengeOf, fresh } from '../work/nonces.js';
import { drop, keep, read, shrink, shrinkFile } from '../work/photos.js';
import { addCheckIn } from '../work/queue.js';
import { current, required } from '../work/session.js';
import { nudge } from '../work/upload.js';
import { takeArrival } from './arrival.js';
import { camera } from './camera.js';
import { proof } from './enrol.js';
import { go, show } from './frame.js';
import { choices, field, group, innerHead, say, syncState } from './parts.js';
import { placeLine, placeSection } from './place.js';

const CODES = shellData('codes');
const RECENT = 5 * 60000;
const MOST_PHOTOS = 6;

/** @param {string} id of the draft */
export async function checkIn(id) {
  const draft = await find(id);
  if (!current()) return;
  if (!draft) return go(to('checkin'), true);
  const page = new CheckIn(draft);
  page.begin();
}

/** One visit on the screen. */
class CheckIn {
  /** @param {import('../work/drafts.js').Draft} draft */
  constructor(draft) {
    this.draft = draft;
    /** @type {string} */ this.error = '';
    /** @type {Promise<void>} */ this.picture = Promise.resolve();
    /** @type {Record<string, string>} addresses of the pictures shown */ this.urls = {};
    this.search = new Search(() => this.located(), draft.fixes);
    this.place = h('div');
    this.saved = h('span', { role: 'status' }, tag('ok', 'check', _('已自动保存')));
    /** @type {string} */ this.stateDrawn = '';
    this.isOpen = true;
    this.saving = false;
    this.isGone = false; // thrown away or saved: nothing late may write the draft again
  }

  begin() {
    const arrival = takeArrival();
    if (this.draft.fixes.length < 5) this.search.start();
    this.ready = this.draft.nonce === undefined ? this.bracket() : Promise.resolve();
    this.draw();
    if (arrival && this.draft.visit === 'done' && !this.draft.photos.length) void this.shoot(arrival.stream);
  }

  /** A number from the server says "not before"; the digits for the picture belong to it. */
  async bracket() {
    const nonce = await fresh();
    this.draft.nonce = nonce?.nonce || null;
    this.draft.code = nonce ? await challengeOf(nonce.nonce) : null;
    this.keep();
    if (this.isOpen && this.draft.photos.length && !document.querySelector('.camera')) this.draw(true); // the digits' chip stands beside a picture
  }

  located() {
    this.draft.fixes = this.search.fixes;
    this.keep();
    if (this.isOpen) this.drawPlace();
  }

  /** Autosave. */
  keep() {
    if (this.isGone) return;
    void save(this.draft).then(() => replace(this.saved, tag('ok', 'check', _('已自动保存'))), () => replace(this.saved, tag('bad', 'warn', _('没存上'))));
  }

  close() {
    this.isOpen = false;
    this.search.stop();
    for (const url of Object.values(this.urls)) URL.revokeObjectURL(url);
  }

  /** @param {boolean} [again] */
  draw(again = false) {
    if (!this.isOpen) return;
    const done = this.draft.visit === 'done';
    const title = `${_('%(name)s家', { name: this.draft.name })} · ${done ? _('走访') : _('无法走访')}`;
    this.drawPlace();
    const body = [
      this.place, done ? null : this.whyNot(), this.noPlace(), this.pictures(), done ? this.whatDone() : null, done ? this.whatNeeded() : null, this.aWord(), proof(),
      button('link', _('不要这条草稿'), () => void this.throwAway()),
    ];
    show({
      title: done ? _('走访') : _('无法走访'), page: 'checkin', keep: again, leave: () => this.close(),
      content: [innerHead(to(''), title, this.saved), this.steps(), h('div', { class: 'pad stack' }, body)],
      act: this.actions(),
    });
  }

  drawPlace() {
    const again = () => { this.search.fixes = []; this.search.state = 'searching'; this.search.start(); this.drawPlace(); };
    replace(this.place, placeSection(this.search, this.draft.point, clock(this.draft.started_at), again));
    if (this.search.state !== this.stateDrawn && this.stateDrawn && this.isOpen && !document.querySelector('.camera')) {
      this.stateDrawn = this.search.state;
      this.draw(true);
    }
    this.stateDrawn = this.search.state;
  }

  steps() {
    const { photos, activities, fixes, visit, not_possible_reason: why } = this.draft;
    const done = [true, fixes.length > 0, photos.length > 0, visit === 'done' ? activities.length > 0 : Boolean(why), false];
    return h('div', { class: 'steps', 'aria-hidden': 'true' }, done.map((is) => h('i', { class: is ? 'done' : '' })));
  }

  /** Progress marks follow without the page being drawn anew. */
  mark() {
    document.querySelector('.steps')?.replaceWith(this.steps());
    this.keep();
  }

  noPlace() {
    if (this.search.state === 'searching' && !this.error) return null;
    if (best(this.search.fixes)) return null;
    const change = (/** @type {string[]} */ values) => { this.draft.no_location_reason = values[0]; this.mark(); };
    return group(_('为什么没有定位？'), _('选一个就能存'), choices('radio', 'no_location', CODES.no_location, [this.draft.no_location_reason], change));
  }

  whyNot() {
    const change = (/** @type {string[]} */ values) => { this.draft.not_possible_reason = values[0]; this.mark(); };
    const wrong = this.error === 'why' ? h('p', { class: 'error', role: 'alert' }, _('选一个原因，就算办了。')) : null;
    return group(_('无法走访，因为…'), '', wrong, choices('radio', 'why', CODES.not_possible, [this.draft.not_possible_reason], change, 'rows-of'));
  }

  pictures() {
    const { photos } = this.draft;
    const total = photos.reduce((/** @type {number} */ sum, /** @type {any} */ p) => sum + p.bytes, 0);
    const count = photos.length ? _('%(n)s 张，共 %(size)s', { n: photos.length, size: sizeText(total) }) : _('人、房子、票据、工地都行');
    const shown = photos.map((/** @type {any} */ photo, /** @type {number} */ at) => h('li', null, this.thumbnail(photo, at), this.remover(photo, at)));
    const more = photos.length < MOST_PHOTOS
      ? h('li', null, h('button', { type: 'button', class: 'more', id: 'more-photos', onclick: () => void this.shoot(null) }, icon('camera'), photos.length ? _('再拍一张') : _('拍照')))
      : null;
    const file = h('input', { type: 'file', id: 'photo-file', accept: 'image/*', capture: 'environment', hidden: true, onchange: (/** @type {Event} */ e) => this.fromFile(e) });
    const { code } = this.draft;
    const inside = code && photos.length
      ? choices('checkbox', 'challenge', [['yes', _('照片里有数字 %(code)s', { code })]], this.draft.hasCode ? ['yes'] : [], (v) => { this.draft.hasCode = v.length > 0; this.mark(); })
      : null;
    return h('section', { class: 'stack' }, h('div', { class: 'label' }, h('h2', null, _('照片')), h('span', { class: 'note' }, count)), h('ul', { class: 'photos' }, shown, more), file, inside);
  }

  /** @param {any} photo @param {number} at */
  thumbnail(photo, at) {
    const image = h('img', { alt: _('第 %(n)s 张照片', { n: at + 1 }) });
    const put = (/** @type {string} */ url) => image.setAttribute('src', url);
    if (this.urls[photo.sha256]) put(this.urls[photo.sha256]);
    else {
      void queueKey(required().owner).then((key) => read(key, photo.sha256)).then((bytes) => {
        if (bytes && this.isOpen) put((this.urls[photo.sha256] = URL.createObjectURL(new Blob([bytes], { type: 'image/jpeg' }))));
      });
    }
    return image;
  }

  /** @param {any} photo @param {number} at */
  remover(photo, at) {
    const act = () => { this.draft.photos = this.draft.photos.filter((/** @type {any} */ p) => p !== photo); this.keep(); this.draw(true); void drop(photo.sha256); };
    return h('button', { type: 'button', class: 'remove', 'aria-label': _('去掉第 %(n)s 张照片', { n: at + 1 }), onclick: act }, icon('x'));
  }

  whatDone() {
    const change = (/** @type {string[]} */ values) => { this.draft.activities = values; this.mark(); };
    const wrong = this.error === 'activities' ? h('p', { class: 'error', role: 'alert' }, _('选一样：这次做了什么。')) : null;
    return group(_('做了什么'), '', wrong, choices('checkbox', 'activities', CODES.activities, this.draft.activities, change));
  }

  whatNeeded() {
    const change = (/** @type {string[]} */ values) => { this.draft.needs = values; this.mark(); };
    const open = this.draft.needs.length > 0;
    return h('details', { open }, h('summary', null, _('看到要帮的事？')), choices('checkbox', 'needs', CODES.needs, this.draft.needs, change));
  }

  aWord() {
    const change = (/** @type {Event} */ event) => { this.draft.note = /** @type {HTMLTextAreaElement} */ (event.target).value; this.keep(); };
    return h('div', null, field('note', _('说一句'), { tag: 'textarea', rows: '2', maxlength: '500', value: this.draft.note, oninput: change }, _('可以不填')));
  }

  actions() {
    const other = this.draft.visit === 'done' ? 'not_possible' : 'done';
    const turn = () => { this.draft.visit = other; this.error = ''; this.keep(); this.draw(true); scrollTo(0, 0); };
    return [
      this.error === 'disk' ? h('p', { class: 'error', role: 'alert' }, _('没存上，草稿还在。再点一次保存。')) : null,
      h('button', { type: 'button', class: 'btn wide sun', id: 'save', onclick: () => void this.finish() }, _('保存'), h('small', null, _('没有网也能存'))),
      h('div', { class: 'spread' },
        button('link', other === 'done' ? _('还是走访到了') : _('无法走访，因为…'), turn),
        syncState(true)),
    ];
  }

  /** @param {Promise<MediaStream | null> | null} stream */
  async shoot(stream) {
    const says = { code: () => this.draft.code || null, place: () => placeLine(this.search, this.draft.point) };
    const still = await camera(stream, says);
    if (still === 'file') {
      say(_('用手机自己的相机拍。'));
      this.draw(true);
      return void document.getElementById('photo-file')?.click();
    }
    if (still === 'none') return this.isOpen ? this.draw(true) : undefined;
    this.picture = shrink(still.source, still.width, still.height).then((bytes) => this.add(bytes)).catch(() => say(_('这张照片没存上，再拍一张。')));
    return this.picture.finally(() => { still.done(); this.draw(true); });
  }

  /** @param {Event} event */
  fromFile(event) {
    const file = /** @type {HTMLInputElement} */ (event.target).files?.[0];
    if (!file) return;
    this.picture = shrinkFile(file).then((bytes) => this.add(bytes), () => say(_('这张照片打不开，再拍一张。'))).then(() => this.draw(true));
  }

  /** @param {ArrayBuffer} bytes */
  async add(bytes) {
    const { owner } = required();
    const photo = await keep(await queueKey(owner), owner, bytes);
    if (this.draft.photos.some((/** @type {any} */ p) => p.sha256 === photo.sha256)) return;
    this.draft.photos.push(photo);
    if (!this.draft.captured_at) Object.assign(this.draft, moment());
    this.keep();
  }

  async throwAway() {
    this.close();
    this.isGone = true;
    await discard(this.draft);
    go(to(''), true);
  }

  /** @returns {string} what is missing; empty when the visit can be saved */
  missing() {
    const { visit, activities, not_possible_reason: why, no_location_reason: noPlace } = this.draft;
    if (visit === 'done' && !activities.length) return 'activities';
    if (visit === 'not_possible' && !why) return 'why';
    return best(this.search.fixes) || noPlace ? '' : 'place';
  }

  async finish() {
    performance.mark('save');
    this.error = this.missing();
    if (this.error) {
      this.draw(true);
      const first = { activities: 'activities', why: 'why', place: 'no_location' }[this.error];
      return /** @type {HTMLElement | null} */ (document.querySelector(`[name=${first}]`))?.focus();
    }
    if (this.saving) return undefined; // a second tap is no second visit
    this.saving = true;
    this.search.stop();
    try {
      await Promise.all([this.picture, this.ready, settled()]);
      if (!(await presentDevice())) return go(to('enrol')); // ended meanwhile: the draft stays
      const { id, name, photos } = this.draft;
      await addCheckIn(id, this.said(), { name, photos });
      this.isGone = true;
    } catch (error) {
      console.error(error);
      this.error = 'disk';
      return this.draw(true);
    } finally {
      this.saving = false;
    }
    performance.measure('saved', 'save');
    this.close();
    say(_('存好了'));
    go(`${to('queue')}?saved=1`, true);
    nudge();
    return undefined;
  }

  /** What the claim says, but for its place in the chain. @returns {Record<string, any>} */
  said() {
    const { draft } = this;
    const location = best(draft.fixes);
    const done = draft.visit === 'done';
    const { captured_at, mono_ms, boot } = draft.captured_at ? draft : moment();
    return {
      household_no: draft.household_no,
      captured_at,
      ...(boot ? { mono_ms, boot } : {}),
      location,
      ...(location ? { fixes: draft.fixes } : { no_location_reason: draft.no_location_reason }),
      visit: draft.visit,
      ...(done ? {} : { not_possible_reason: draft.not_possible_reason }),
      photos: draft.photos.map((/** @type {any} */ photo) => photo.sha256),
      activities: done ? draft.activities : [],
      ...(done && draft.needs.length ? { needs: draft.needs.map((/** @type {string} */ kind) => ({ kind, text: '' })) } : {}),
      note: draft.note.trim(),
      ...(draft.nonce ? { nonce: draft.nonce } : {}),
      ...(draft.hasCode ? { challenge: draft.code } : {}),
      offline: Date.now() - lastAnswer() > RECENT,
      app: 'yangguang-web/1',
    };
  }
}
