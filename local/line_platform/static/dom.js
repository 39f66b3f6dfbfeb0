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

/** Japanese first, English second. */
export const both = (ja, en) => [ja, " ", el("span", { lang: "en" }, en)];

const LINKS = /(https?:\/\/[^\s<>"「」（）、。]+)/g;

/** Text with its web addresses as links. */
export function linked(words) {
  return words.split(LINKS).map((part, place) =>
    place % 2 ? el("a", { href: part, target: "_blank", rel: "noopener noreferrer" }, part) : part
  );
}

export const hour = (ms) =>
  new Date(ms).toLocaleTimeString("ja-JP", { hour: "2-digit", minute: "2-digit", timeZone: "Asia/Tokyo" });
export const second = (ms) =>
  new Date(ms).toLocaleTimeString("ja-JP", { hour: "2-digit", minute: "2-digit", second: "2-digit", timeZone: "Asia/Tokyo" });
export const day = (ms) =>
  new Date(ms).toLocaleDateString("ja-JP", { month: "long", day: "numeric", weekday: "short", timeZone: "Asia/Tokyo" });

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
