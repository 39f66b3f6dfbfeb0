import { actor, nameOf, tappable } from "./actions.js";
import { el, picture, tongue } from "./dom.js";

/** LINE's four templates. */
export const template = (phone, part) => TEMPLATES[part.type]?.(phone, part);

const buttons = (phone, actions) => el("div", { class: "template-buttons" }, actions.map((action) =>
  actor(phone, action, { class: "template-button", lang: tongue(action.label) }, action.label)));

const lines = (text) => el("p", { lang: tongue(text) }, text);

function card(phone, part) {
  const [wide, high] = part.imageAspectRatio === "square" ? [1, 1] : [151, 100];
  const top = part.thumbnailImageUrl && el("div", {
    class: "thumbnail", style: { aspectRatio: `${wide} / ${high}`, background: part.imageBackgroundColor ?? "#fff" },
  }, picture(part.thumbnailImageUrl, { style: { objectFit: part.imageSize === "contain" ? "contain" : "cover" } }));
  return el("div", { class: "template" },
    tappable(phone, el("div", { class: "template-top" }, top, el("div", { class: "template-words" },
      part.title && el("strong", { lang: tongue(part.title) }, part.title), lines(part.text))), part.defaultAction),
    buttons(phone, part.actions));
}

/** Cards side by side; the row itself takes the focus so that arrow keys roll it. */
export const rolling = (cards) =>
  el("div", { class: "carousel", tabindex: 0, role: "group", "aria-label": `カルーセル ${cards.length} 枚 Carousel of ${cards.length}` }, cards);

const TEMPLATES = {
  buttons: card,
  confirm: (phone, part) => el("div", { class: "template confirm" },
    el("div", { class: "template-words" }, lines(part.text)), buttons(phone, part.actions)),
  carousel: (phone, part) => rolling(
    part.columns.map((column) => card(phone, { ...column, imageAspectRatio: part.imageAspectRatio, imageSize: part.imageSize }))),
  image_carousel: (phone, part) => rolling(part.columns.map(({ imageUrl, action }) =>
    actor(phone, action, { class: "template pictured", "aria-label": nameOf(action) },
      [picture(imageUrl), action.label ? el("span", { class: "pill" }, action.label) : null]))),
};
