import { both, el } from "./dom.js";
import { cancel } from "./sheets.js";

const INPUTS = { date: "date", time: "time", datetime: "datetime-local" };
const TITLES = { date: ["日付を選ぶ", "Choose a date"], time: ["時刻を選ぶ", "Choose a time"], datetime: ["日時を選ぶ", "Choose a date and time"] };
const FROM_TO = { date: [0, 10], time: [11, 16], datetime: [0, 16] }; // of 2026-01-31T08:30

// LINE writes the day and the hour with a lower-case t as well.
const plain = (written) => written?.replace("t", "T");

/** Without an initial value LINE's picker begins at the present; it knows no zones, and the city is in Japan. */
function begin(action, now) {
  const japan = new Date(now + 9 * 3600e3).toISOString().slice(...FROM_TO[action.mode]);
  const { initial = japan, min = initial, max = initial } = action;
  const wished = plain(initial);
  return wished < plain(min) ? plain(min) : wished > plain(max) ? plain(max) : wished;
}

/** Asks for a date, a time or both, and sends what was picked with the postback. */
export function pick(phone, action) {
  const input = el("input", {
    type: INPUTS[action.mode], required: true, min: plain(action.min), max: plain(action.max), value: begin(action, phone.now),
  });
  const form = el("form", { class: "picker" },
    el("label", {}, el("span", {}, both(...TITLES[action.mode])), input),
    el("div", { class: "two" },
      cancel(phone),
      el("button", { type: "submit", class: "strong" }, both("送信", "Send"))));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    phone.sheet.close();
    phone.tap(action.data, null, { [action.mode]: input.value });
  });
  phone.sheet.open(TITLES[action.mode].join(" "), form, input);
}
