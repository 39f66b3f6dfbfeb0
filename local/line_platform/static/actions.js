import { el } from "./dom.js";
import { pick } from "./pickers.js";
import { choosePicture, chooseLocation } from "./attach.js";

/** What tapping does, for each of LINE's actions. `phone` does it: say, tap, write, notify, sheet. */
export function act(phone, action) {
  switch (action.type) {
    case "postback":
      phone.tap(action.data, action.displayText ?? action.text);
      after(phone, action);
      break;
    case "message":
      phone.say(action.text);
      break;
    case "datetimepicker":
      pick(phone, action);
      break;
    case "camera":
    case "cameraRoll":
      choosePicture(phone);
      break;
    case "location":
      chooseLocation(phone);
      break;
    case "clipboard":
      navigator.clipboard?.writeText(action.clipboardText);
      phone.notify("コピーしました Copied");
      break;
    default:
      phone.notify("この模擬トークでは使えないボタンです Not available here");
  }
}

/** What a postback asks of the phone itself. */
export function after(phone, action) {
  if (action.inputOption === "openKeyboard") phone.write(action.fillInText ?? "");
  else if (action.inputOption === "openRichMenu") phone.foot.toggle(true);
  else if (action.inputOption === "closeRichMenu") phone.foot.toggle(false);
}

/** A button or, for addresses, a link that does `action`; `instead` does it another way. */
export function actor(phone, action, props, children = [], instead = null) {
  if (action.type === "uri") {
    const own = action.uri.startsWith("http");
    return el("a", { href: action.uri, target: own ? "_blank" : null, rel: "noopener noreferrer", ...props }, children);
  }
  return el("button", { type: "button", ...props, onclick: instead ?? (() => act(phone, action)) }, children);
}

/** What an action without a visible label is called. */
export const nameOf = (action) => action.label || action.displayText || action.text || action.uri || action.data || "ボタン";

/** Makes a drawn part tappable as a whole; for the keyboard a button of its size lies over it. */
export function tappable(phone, part, action) {
  if (!action) return part;
  const words = part.textContent.trim();
  const cover = actor(phone, action, { class: "cover", "aria-label": action.label || words || nameOf(action) });
  part.classList.add("tappable");
  part.append(cover);
  part.addEventListener("click", (event) => {
    if (event.target.closest("button, a")) return;
    event.stopPropagation();
    cover.click();
  });
  return part;
}
