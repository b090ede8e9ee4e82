// @ts-check
// The camera: live picture, one large shutter, the digits that may be held into the picture.

import { h, replace } from '../core/dom.js';
import { _ } from '../core/text.js';
import { close, openCamera } from './arrival.js';

/**
 * Open over the page. Ends with a still that may be drawn on a canvas, or null when the helper does without.
 * @param {Promise<MediaStream | null> | null} stream already opening @param {{ code: () => string | null, place: () => string }} says
 * @returns {Promise<{ source: HTMLVideoElement, width: number, height: number, done: () => void } | 'none' | 'file'>}
 */
export async function camera(stream, says) {
  const video = /** @type {HTMLVideoElement} */ (h('video', { playsinline: true, muted: true, autoplay: true, 'aria-label': _('镜头里的画面') }));
  const said = h('div', { class: 'said', role: 'status' });
  const shutter = h('button', { type: 'button', class: 'shutter' }, _('拍照'));
  const skip = h('button', { type: 'button', class: 'btn' }, _('先不拍'));
  const over = h(
    'div', { class: 'camera', role: 'dialog', 'aria-modal': 'true', 'aria-label': _('拍一张走访照片') },
    said, video, h('div', { class: 'keys' }, skip, shutter, h('span')),
  );
  const tell = () => {
    const code = says.code();
    replace(said, h('p', null, says.place()), code ? h('p', null, _('把数字写在纸上拍进去更可信：'), h('b', null, code)) : null);
  };
  tell();
  const timer = setInterval(tell, 1000);
  document.body.append(over);
  skip.focus();
  const opening = stream || openCamera();
  return new Promise((resolve) => {
    /** @param {any} result @param {boolean} [still] keep the picture until it has been drawn */
    const finish = (result, still = false) => {
      removeEventListener('keydown', key);
      removeEventListener('popstate', giveUp);
      clearInterval(timer);
      if (!still) end();
      resolve(result);
    };
    const end = () => {
      over.remove();
      void opening.then(close);
    };
    const giveUp = () => finish('none');
    const key = (/** @type {KeyboardEvent} */ event) => { if (event.key === 'Escape') giveUp(); };
    addEventListener('keydown', key);
    addEventListener('popstate', giveUp);
    skip.addEventListener('click', giveUp);
    shutter.addEventListener('click', () => {
      if (!video.videoWidth) return;
      video.pause();
      finish({ source: video, width: video.videoWidth, height: video.videoHeight, done: end }, true);
    });
    void opening.then((live) => {
      if (!live) finish('file');
      else video.srcObject = live;
    });
  });
}
