import { both, el } from "./dom.js";
import { cancel } from "./sheets.js";

// Made-up addresses of the city that is played.
const PLACES = [
  ["つなぐ市役所", "つなぐ市中央区手取本町1-1", 32.8032, 130.7079],
  ["春竹小学校", "つなぐ市中央区春竹町2-8", 32.7897, 130.7131],
  ["帯山中央公園", "つなぐ市中央区帯山5丁目", 32.8011, 130.7468],
  ["江津の水辺", "つなぐ市東区江津2丁目", 32.7757, 130.7373],
  ["武蔵駅前の踏切", "つなぐ市北区武蔵1丁目", 32.8471, 130.7616],
];
const SAMPLES = [["川の水が増えている", "/static/media/rain.png"], ["公園のこども", "/static/media/children.png"]];
const KINDS = ["image/jpeg", "image/png", "image/gif", "image/webp"];
const MOST = 10 * 1024 * 1024; // bytes

/** What a resident can send beside words. */
export function attach(phone) {
  const choice = el("div", { class: "picker" },
    el("button", { type: "button", class: "strong", onclick: () => choosePicture(phone) }, both("写真を送る", "Send a picture")),
    el("button", { type: "button", class: "strong", onclick: () => chooseLocation(phone) }, both("位置情報を送る", "Send a location")),
    cancel(phone));
  phone.sheet.open("送るものを選ぶ Choose what to send", choice, choice.firstElementChild);
}

export function chooseLocation(phone) {
  const field = (label, props) => el("label", {}, el("span", {}, both(...label)), el("input", props));
  const choice = el("select", {}, PLACES.map(([title], n) => el("option", { value: n }, title)));
  const form = el("form", { class: "picker place-form" },
    el("p", { class: "dialog-title" }, both("位置情報を送る", "Send a location")),
    el("label", {}, el("span", {}, both("例から選ぶ", "An example")), choice),
    field(["名前", "Title"], { name: "title", maxlength: 100 }),
    field(["住所", "Address"], { name: "address", maxlength: 100 }),
    el("div", { class: "two" },
      field(["緯度", "Latitude"], { name: "latitude", type: "number", min: -90, max: 90, step: "any", required: true }),
      field(["経度", "Longitude"], { name: "longitude", type: "number", min: -180, max: 180, step: "any", required: true })),
    el("div", { class: "two" }, cancel(phone), el("button", { type: "submit", class: "strong" }, both("送信", "Send"))));
  const fill = () => {
    const names = ["title", "address", "latitude", "longitude"];
    PLACES[choice.value].forEach((value, n) => { form.elements[names[n]].value = value; });
  };
  choice.addEventListener("change", fill);
  fill();
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const { title, address, latitude, longitude } = Object.fromEntries(new FormData(form));
    phone.sheet.close();
    phone.act("location", { title: title || null, address: address || null, latitude: Number(latitude), longitude: Number(longitude) });
  });
  phone.sheet.open("位置情報を送る Send a location", form, choice);
}

export function choosePicture(phone) {
  let chosen = null;
  const preview = el("div", { class: "chosen", "aria-live": "polite" }, both("まだ選ばれていません", "Nothing chosen yet"));
  const send = el("button", { type: "submit", class: "strong", disabled: true }, both("送信", "Send"));
  const take = (blob, name) => {
    if (!KINDS.includes(blob.type) || blob.size > MOST) {
      phone.notify("10 MB までの JPEG、PNG、GIF、WebP を選んでください JPEG, PNG, GIF or WebP up to 10 MB");
      return;
    }
    chosen = blob;
    send.disabled = false;
    preview.replaceChildren(el("img", { src: URL.createObjectURL(blob), alt: name }), el("span", {}, name));
  };
  const file = el("input", { type: "file", accept: KINDS.join(","), onchange: () => { if (file.files[0]) take(file.files[0], file.files[0].name); } });
  const form = el("form", { class: "picker" },
    el("p", { class: "dialog-title" }, both("写真を送る", "Send a picture")),
    el("div", { class: "samples", role: "group", "aria-label": "見本 Samples" }, SAMPLES.map(([name, url]) =>
      el("button", { type: "button", class: "sample", onclick: async () => take(await (await fetch(url)).blob(), name) },
        el("img", { src: url, alt: "" }), el("span", {}, name)))),
    el("label", {}, el("span", {}, both("ファイルから選ぶ", "From a file")), file),
    preview,
    el("div", { class: "two" }, cancel(phone), send));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    phone.sheet.close();
    phone.act("picture", { picture: await base64(chosen), kind: chosen.type });
  });
  phone.sheet.open("写真を送る Send a picture", form, form.querySelector(".sample"));
}

const base64 = (blob) => new Promise((done) => {
  const reader = new FileReader();
  reader.addEventListener("load", () => done(reader.result.split(",")[1]));
  reader.readAsDataURL(blob);
});
