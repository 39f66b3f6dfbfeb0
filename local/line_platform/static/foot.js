import { act, actor, after, nameOf } from "./actions.js";
import { attach } from "./attach.js";
import { both, el, icon, over } from "./dom.js";
import { pick } from "./pickers.js";

const KEYBOARD = "M3 6h18v12H3zM7 10h.01M11 10h.01M15 10h.01M18 10h.01M8 14h8";
const MENU = "M4 7h16M4 12h16M4 17h16";
const PLUS = "M12 5v14M5 12h14";
const SEND = "M3 20.5 21 12 3 3.5 3 10l12 2-12 2z";

/** Below the chat: a place to write, the rich menu with its bar, or the one button that makes sense. */
export class Foot {
  constructor(phone, place, menu) {
    Object.assign(this, { phone, place, menu, written: "", shown: null, typing: false, open: false });
  }

  show(chat, owner, menu) {
    const following = owner?.state === "following";
    this.now = following ? menu : null;
    if (this.chat !== chat || !this.now !== !this.shown) {
      this.open = this.now?.selected ?? false;
      this.typing = !this.now;
    }
    this.chat = chat;
    if (this.now?.richMenuId !== this.shown) this.drawMenu();
    this.draw(owner);
  }

  draw(owner) {
    const bar = this.now && !this.typing ? this.now.chatBarText : "";
    const written = JSON.stringify([this.chat, owner?.state, Boolean(this.now), bar]);
    this.menu.hidden = !this.now || this.typing || !this.open;
    this.owner = owner;
    if (this.written !== written) {
      this.written = written;
      this.place.replaceChildren(...this.parts(owner));
    }
    const toggle = this.place.querySelector(".chat-bar");
    toggle?.setAttribute("aria-expanded", this.open);
    toggle?.querySelector("span").replaceChildren(this.open ? "▾" : "▴");
  }

  parts(owner) {
    const { phone } = this;
    if (!owner) return [];
    if (owner.state === "stranger") {
      return [el("button", { type: "button", class: "strong follow", onclick: () => phone.act("follow") }, both("友だち追加", "Add friend"))];
    }
    if (owner.state === "blocked") {
      return [el("p", {}, both("ブロック中のため、メッセージは届きません。", "Blocked: nothing arrives.")),
        el("button", { type: "button", class: "strong unblock", onclick: () => phone.act("unblock") }, both("ブロックを解除", "Unblock"))];
    }
    return this.now && !this.typing ? [this.bar()] : [this.writer(owner)];
  }

  /** LINE's chat bar: the keyboard, and what opens and closes the menu. */
  bar() {
    return el("div", { class: "bar-of-menu" },
      el("button", { type: "button", class: "icon keyboard", "aria-label": "キーボードに切り替える Keyboard", onclick: () => this.type(true) }, icon(KEYBOARD)),
      el("button", { type: "button", class: "chat-bar", "aria-expanded": this.open, onclick: () => this.toggle(!this.open) },
        this.now.chatBarText, " ", el("span", { "aria-hidden": true })));
  }

  type(typing) {
    this.typing = typing;
    this.draw(this.owner);
    this.place.querySelector(typing ? ".words" : ".chat-bar")?.focus();
  }

  toggle(open) {
    if (!this.now) return;
    this.open = open;
    if (open) this.typing = false;
    this.draw(this.owner);
    if (open) this.phone.talk.toEnd();
  }

  drawMenu() {
    const { now, menu, phone } = this;
    const place = [...menu.children].indexOf(document.activeElement);
    this.shown = now?.richMenuId ?? null;
    menu.replaceChildren();
    if (!now) return;
    menu.setAttribute("aria-label", `リッチメニュー Rich menu: ${now.chatBarText}`);
    menu.style.aspectRatio = `${now.size.width} / ${now.size.height}`;
    menu.append(el("img", { src: now.image, alt: "" }), ...now.areas.map(({ bounds, action }, area) =>
      over(actor(phone, action, { class: "area", "aria-label": nameOf(action) }, [], () => this.tap(action, area)), bounds, now.size)));
    // A menu that switched to another one keeps the finger where it was.
    if (place > 0) menu.children[place]?.focus();
  }

  tap(action, area) {
    if (action.type === "datetimepicker") pick(this.phone, action);
    else if (action.type === "clipboard") act(this.phone, action);
    else {
      this.phone.act("menu/tap", { area });
      after(this.phone, action);
    }
  }

  writer(owner) {
    const { phone } = this;
    const alone = owner.state !== "group";
    const input = el("textarea", { class: "words", rows: 1, placeholder: "メッセージを入力", "aria-label": "メッセージ Message", autocomplete: "off" });
    const send = el("button", { type: "submit", class: "send", "aria-label": "送信 Send" }, icon(SEND));
    const form = el("form", { class: "writer" },
      this.now ? el("button", { type: "button", class: "icon to-menu", "aria-label": "メニューに切り替える Menu", onclick: () => this.type(false) }, icon(MENU)) : null,
      alone ? el("button", { type: "button", class: "icon attach", "aria-label": "写真や位置情報を送る Send a picture or a location", onclick: () => attach(phone) }, icon(PLUS)) : this.speaker(owner),
      input, send);
    const fit = () => { input.style.height = "auto"; input.style.height = `${Math.min(input.scrollHeight, 110)}px`; };
    input.addEventListener("input", fit);
    input.addEventListener("keydown", (event) => {
      // Enter also ends the conversion of kana, which must not send.
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); form.requestSubmit(); }
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (!input.value.trim()) return;
      phone.say(input.value);
      input.value = "";
      fit();
    });
    return form;
  }

  speaker(owner) {
    this.voice = el("select", { "aria-label": "話す人 Who speaks" },
      owner.members.map((user) => el("option", { value: user }, owner.names.get(user) ?? user.slice(0, 6))));
    return this.voice;
  }

  write(text) {
    if (!this.owner || this.place.querySelector(".follow, .unblock")) return;
    this.type(true);
    this.place.querySelector(".words").value = text;
  }
}
