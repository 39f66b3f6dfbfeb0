import { actor, tappable } from "./actions.js";
import { el, linked, picture } from "./dom.js";
import { flex } from "./flex.js";

/** What the phone shows of one of LINE's message objects. */
export function message(phone, said) {
  switch (said.type) {
    case "text":
    case "textV2":
      return el("div", { class: "balloon" }, linked(said.text));
    case "image": {
      const image = picture(said.previewImageUrl, { class: "photo", alt: "写真" });
      return el("button", { type: "button", class: "photo-button", onclick: () => phone.enlarge(said.originalContentUrl) }, image);
    }
    case "flex":
      return flex(phone, said.contents);
    case "template":
      return TEMPLATES[said.template.type]?.(phone, said.template) ?? unknown(said.altText);
    case "location":
      return el("div", { class: "balloon" }, `📍 ${said.title}\n${said.address}`);
    case "sticker":
      return el("div", { class: "sticker", "aria-label": "スタンプ" }, "🙂");
    default:
      return unknown(said.type);
  }
}

const unknown = (name) => el("div", { class: "balloon" }, `［${name}］`);

const buttons = (phone, actions) => actions.map((action) => actor(phone, action, { class: "template-button" }, action.label));

function card(phone, part) {
  const [wide, high] = part.imageAspectRatio === "square" ? [1, 1] : [151, 100];
  const top = part.thumbnailImageUrl && el("div", {
    class: "thumbnail", style: { aspectRatio: `${wide} / ${high}`, background: part.imageBackgroundColor ?? "#fff" },
  }, picture(part.thumbnailImageUrl, { style: { objectFit: part.imageSize === "contain" ? "contain" : "cover" } }));
  return el("div", { class: "template" },
    tappable(phone, el("div", {}, top, el("div", { class: "template-words" },
      part.title && el("strong", {}, part.title), el("p", {}, part.text))), part.defaultAction),
    el("div", { class: "template-buttons" }, buttons(phone, part.actions)));
}

const TEMPLATES = {
  buttons: card,
  confirm: (phone, part) => el("div", { class: "template confirm" },
    el("div", { class: "template-words" }, el("p", {}, part.text)),
    el("div", { class: "template-buttons" }, buttons(phone, part.actions))),
  carousel: (phone, part) => el("div", { class: "carousel", tabindex: 0 },
    part.columns.map((column) => card(phone, { ...column, imageAspectRatio: part.imageAspectRatio, imageSize: part.imageSize }))),
  image_carousel: (phone, part) => el("div", { class: "carousel", tabindex: 0 },
    part.columns.map((column) => el("div", { class: "template" },
      el("div", { class: "thumbnail", style: { aspectRatio: "1 / 1" } }, picture(column.imageUrl)),
      el("div", { class: "template-buttons" }, buttons(phone, [column.action]))))),
};
