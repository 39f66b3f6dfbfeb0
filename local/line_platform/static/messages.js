import { actor } from "./actions.js";
import { el, icon, linked, over, picture, tongue } from "./dom.js";
import { flex } from "./flex.js";
import { template } from "./templates.js";

/** What the phone shows of one of LINE's message objects. */
export function message(phone, said) {
  return DRAWN[said.type]?.(phone, said) ?? unknown(said.altText ?? said.type);
}

export const unknown = (name) => el("div", { class: "balloon" }, `［${name}］`);

const words = (phone, said) => el("div", { class: "balloon", lang: tongue(said.text) }, linked(said.text));

const DRAWN = {
  text: words,
  textV2: words,

  image(phone, said) {
    const alt = "写真";
    return el("button", { type: "button", class: "photo-button", "aria-label": "写真を大きく見る Enlarge the picture", onclick: () => phone.enlarge(said.originalContentUrl, alt) },
      picture(said.previewImageUrl, { class: "photo" }));
  },

  video: (phone, said) => el("div", { class: "stood-in video" },
    picture(said.previewImageUrl, { class: "photo" }), el("span", { class: "play", "aria-hidden": true }, "▶"),
    el("p", {}, "動画（ここでは再生しません）", el("span", { lang: "en" }, "Video, not played here"))),

  audio: (phone, said) => el("div", { class: "balloon stood-in" }, el("span", { class: "play", "aria-hidden": true }, "▶"),
    el("p", {}, `音声 ${length(said.duration)}（ここでは再生しません）`, el("span", { lang: "en" }, "Audio, not played here"))),

  sticker: (phone, said) => el("div", { class: "stood-in sticker" }, el("span", { "aria-hidden": true }, "🙂"),
    el("p", {}, `スタンプ ${said.packageId} / ${said.stickerId}`, el("span", { lang: "en" }, "Sticker"))),

  location: (phone, said) => el("div", { class: "place" },
    el("div", { class: "map", "aria-hidden": true }, icon("M12 21s-7-6.2-7-11.2a7 7 0 0 1 14 0C19 14.8 12 21 12 21zM12 12.2a2.6 2.6 0 1 0 0-5.2 2.6 2.6 0 0 0 0 5.2z")),
    el("div", { class: "place-words" }, el("strong", {}, said.title || "位置情報"), said.address ? el("p", {}, said.address) : null,
      el("small", {}, `${said.latitude.toFixed(5)}, ${said.longitude.toFixed(5)}`))),

  imagemap(phone, said) {
    const { width, height } = said.baseSize;
    return el("div", { class: "imagemap", role: "group", "aria-label": said.altText, style: { aspectRatio: `${width} / ${height}` } },
      picture(`${said.baseUrl}/1040`),
      said.actions.map((action) => over(
        actor(phone, action.type === "uri" ? { type: "uri", uri: action.linkUri } : action,
          { class: "area", "aria-label": action.label || action.text || action.linkUri || action.clipboardText }),
        action.area, said.baseSize)));
  },

  flex: (phone, said) => flex(phone, said.contents),
  template: (phone, said) => template(phone, said.template) ?? unknown(said.altText),
};

const length = (ms) => `${Math.floor(ms / 60000)}:${String(Math.floor((ms % 60000) / 1000)).padStart(2, "0")}`;
