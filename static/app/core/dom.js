// @ts-check
// Elements without a framework. Text is always text: nothing here parses markup.

/** @typedef {Node | string | number | null | undefined | false | any[]} Child */

const SVG = 'http://www.w3.org/2000/svg';

/**
 * An element: attributes by name, `on…` for listeners, `class`, `data-…`; false and null leave one out.
 * @param {string} tag @param {Record<string, any> | null} [attributes] @param {...Child} children @returns {HTMLElement}
 */
export function h(tag, attributes, ...children) {
  return /** @type {HTMLElement} */ (fill(document.createElement(tag), attributes, children));
}

/** The same for a drawing. @param {string} tag @param {Record<string, any> | null} [attributes] @param {...Child} children */
export function svg(tag, attributes, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

/** @param {string} name a symbol of the shell @returns {Element} */
export function icon(name) {
  return svg('svg', { class: 'icon', 'aria-hidden': 'true', focusable: 'false' }, svg('use', { href: `#i-${name}` }));
}

/** @param {Element} element @param {Record<string, any> | null | undefined} attributes @param {Child[]} children */
function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === false || value === null || value === undefined) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (name === 'value') /** @type {any} */ (element).value = value;
    else element.setAttribute(name, value === true ? '' : String(value));
  }
  append(element, children);
  return element;
}

/** @param {Element} parent @param {Child[]} children */
function append(parent, children) {
  for (const child of children) {
    if (Array.isArray(child)) append(parent, child);
    else if (child instanceof Node) parent.append(child);
    else if (child !== null && child !== undefined && child !== false) parent.append(String(child));
  }
}

/** @param {Element} parent @param {...Child} children */
export function replace(parent, ...children) {
  parent.textContent = '';
  append(parent, children);
}

/** A state: colour, word and icon. @param {string} kind @param {string} symbol @param {string} word */
export function tag(kind, symbol, word) {
  return h('span', { class: `tag ${kind}` }, icon(symbol), word);
}

/** A sheet that can be tapped. @param {string} href @param {string} kind @param {...Child} children */
export function card(href, kind, ...children) {
  return h('a', { class: `card ${kind}`, href }, ...children);
}

/** What stands where nothing is. @param {string} what @param {string} next */
export function empty(what, next) {
  return h('div', { class: 'empty' }, h('p', null, h('b', null, what)), h('p', { class: 'note' }, next));
}

/** A button. @param {string} kind @param {Child} label @param {(event: Event) => void} act @param {Record<string, any>} [more] */
export function button(kind, label, act, more = {}) {
  return h('button', { type: 'button', class: `btn ${kind}`, onclick: act, ...more }, label);
}

/** Saves bytes as a file. @param {BlobPart} bytes @param {string} name @param {string} type */
export function download(bytes, name, type) {
  const url = URL.createObjectURL(new Blob([bytes], { type }));
  const link = h('a', { href: url, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 60000);
}
