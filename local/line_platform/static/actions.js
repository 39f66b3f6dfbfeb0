import { both, el } from "./dom.js";

const MODES = { date: "date", time: "time", datetime: "datetime-local" };
const TITLES = { date: ["日付を選ぶ", "Choose a date"], time: ["時刻を選ぶ", "Choose a time"], datetime: ["日時を選ぶ", "Choose a date and time"] };

/** What tapping does, for each of LINE's actions. `phone` does it: say, tap, write, notify, sheet. */
export function act(phone, action) {
  switch (action.type) {
    case "postback":
      phone.tap(action.data, action.displayText ?? action.text);
      if (action.inputOption === "openKeyboard") phone.write(action.fillInText ?? "");
      break;
    case "message":
      phone.say(action.text);
      break;
    case "datetimepicker":
      pick(phone, action);
      break;
    case "clipboard":
      navigator.clipboard?.writeText(action.clipboardText);
      phone.notify("コピーしました Copied");
      break;
    default:
      phone.notify("この模擬トークでは使えないボタンです Not available here");
  }
}

/** A button or, for addresses, a link that does `action`. */
export function actor(phone, action, props, ...children) {
  if (action.type === "uri") {
    const own = action.uri.startsWith("http");
    return el("a", { href: action.uri, target: own ? "_blank" : null, rel: "noopener noreferrer", ...props }, ...children);
  }
  return el("button", { type: "button", ...props, onclick: () => act(phone, action) }, ...children);
}

/** Makes a drawn part tappable as a whole. */
export function tappable(phone, part, action) {
  if (!action) return part;
  part.tabIndex = 0;
  part.setAttribute("role", action.type === "uri" ? "link" : "button");
  if (action.label) part.setAttribute("aria-label", action.label);
  part.classList.add("tappable");
  const go = (event) => {
    if (event.target.closest("button, a") && event.target !== part) return;
    event.stopPropagation();
    if (action.type === "uri") window.open(action.uri, "_blank", "noopener");
    else act(phone, action);
  };
  part.addEventListener("click", go);
  part.addEventListener("keydown", (event) => { if (event.key === "Enter") go(event); });
  return part;
}

const plain = (written) => written?.replace("t", "T");

function pick(phone, action) {
  const input = el("input", {
    type: MODES[action.mode], id: "picked", required: true,
    value: plain(action.initial), min: plain(action.min), max: plain(action.max),
  });
  const form = el("form", { class: "picker" },
    el("label", { for: "picked" }, both(...TITLES[action.mode])),
    input,
    el("div", { class: "two" },
      el("button", { type: "button", class: "plain", onclick: () => phone.sheet(null) }, both("やめる", "Cancel")),
      el("button", { type: "submit", class: "strong" }, both("送信", "Send"))));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    phone.sheet(null);
    phone.tap(action.data, null, { [action.mode]: input.value });
  });
  phone.sheet(form);
  input.focus();
}
