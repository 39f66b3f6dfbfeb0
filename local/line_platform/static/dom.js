/** Makes an element. Text always goes in as text, so nothing a message says can become markup. */
export function el(tag, props = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "class") made.className = value;
    else if (name === "style") Object.assign(made.style, value);
    else if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ""));
  return made;
}

/** A line drawing of 24 by 24. */
export function icon(path) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  made.setAttribute("viewBox", "0 0 24 24");
  made.setAttribute("aria-hidden", "true");
  const line = document.createElementNS(made.namespaceURI, "path");
  line.setAttribute("d", path);
  made.append(line);
  return made;
}

/** Japanese first, English second. */
export const both = (ja, en) => [ja, " ", el("span", { lang: "en" }, en)];

export const unseen = (words) => el("span", { class: "hidden" }, words);

/** "en" where every letter is one of English's, so that a screen reader changes its voice; else the page's language. */
export const tongue = (words) => (/[A-Za-z]{2}/.test(words ?? "") && !/[^\P{L}A-Za-z]/u.test(words) ? "en" : null);

const LINKS = /(https?:\/\/[^\s<>"「」（）、。]+)/g;

/** Text with its web addresses as links. */
export function linked(words) {
  return words.split(LINKS).map((part, place) =>
    place % 2 ? el("a", { href: part, target: "_blank", rel: "noopener noreferrer" }, part) : part
  );
}

const inJapan = (options) => (ms) => new Date(ms).toLocaleString("ja-JP", { timeZone: "Asia/Tokyo", ...options });
export const hour = inJapan({ hour: "2-digit", minute: "2-digit" });
export const second = inJapan({ hour: "2-digit", minute: "2-digit", second: "2-digit" });
export const day = inJapan({ month: "long", day: "numeric", weekday: "short" });
export const moment = inJapan({
  year: "numeric", month: "long", day: "numeric", weekday: "short", hour: "2-digit", minute: "2-digit", second: "2-digit",
});

let media = {};
export const useMedia = (prefixes) => { media = prefixes; };

/** A picture; where it cannot be fetched, a quiet field says so in its place. */
export function picture(url, props = {}) {
  const found = Object.entries(media).find(([prefix]) => url.startsWith(prefix));
  const image = el("img", { src: found ? found[1] + url.slice(found[0].length) : url, alt: "", ...props });
  image.addEventListener("error", () => {
    image.replaceWith(el("span", { class: `no-picture ${props.class ?? ""}` }, "🖼️ 画像を表示できません"));
  }, { once: true });
  return image;
}

/** Puts a part where an area of LINE's lies, in a picture of this size. */
export function over(part, area, size) {
  const share = (length, whole) => `${(100 * length) / whole}%`;
  Object.assign(part.style, {
    left: share(area.x, size.width), top: share(area.y, size.height),
    width: share(area.width, size.width), height: share(area.height, size.height),
  });
  return part;
}
