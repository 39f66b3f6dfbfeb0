import { control } from "./control.js";
import { both, el, hour, picture } from "./dom.js";
import { Foot } from "./foot.js";
import { Sheet } from "./sheets.js";
import { Talk } from "./talk.js";

/** One phone: what its owner does, and what it shows. */
export class Phone {
  constructor(page, number, chat) {
    Object.assign(this, { page, number, chat, now: Date.now() });
    this.root = document.getElementById("slot").content.firstElementChild.cloneNode(true);
    this.root.setAttribute("aria-label", `スマートフォン ${number} Phone ${number}`);
    this.talk = new Talk(this, this.at("talk"), this.at("quick"));
    this.sheet = new Sheet(this.at("sheet"), () => this.root.querySelector(".words, .chat-bar, .talk"));
    this.foot = new Foot(this, this.at("foot"), this.at("menu"));
    this.at("back").addEventListener("click", () => page.choose(this, ""));
    this.at("block").addEventListener("click", () => this.act("block"));
    this.at("whose").addEventListener("change", () => page.choose(this, this.at("whose").value));
    this.at("one-more").addEventListener("click", () => page.add(this, "ja"));
    this.at("quick").addEventListener("wheel", (event) => {
      if (event.deltaY) { this.at("quick").scrollLeft += event.deltaY; event.preventDefault(); }
    }, { passive: false });
    for (const kind of ["focusin", "pointerdown"]) this.root.addEventListener(kind, () => page.look(this));
  }

  at(name) { return this.root.querySelector(`.${name}`); }

  show(state, mine) {
    this.now = state.now;
    const names = new Map(state.residents.map((each) => [each.id, each.name]));
    const group = state.groups.find((each) => each.id === this.chat);
    const owner = mine.owner ?? (group ? { state: "group", members: group.members, names, name: group.name } : null);
    this.owner = owner;
    this.at("hour").textContent = hour(state.now);
    this.at("account").textContent = group ? group.name : state.account;
    this.at("owner").textContent = mine.owner ? `${owner.name} のスマートフォン` : group ? `グループ（住民 ${group.members.length} 人と${state.account}）` : "";
    this.at("block").hidden = owner?.state !== "following";
    this.caption(state);
    this.talk.show(mine.chat, state.account, group ? names : new Map(), state.now);
    this.welcome(state.account);
    this.foot.show(this.chat, owner, mine.menu);
  }

  /** Above the phone where there are several: whose it is. */
  caption(state) {
    const rows = [...state.residents, ...state.groups];
    const written = JSON.stringify([this.chat, rows.map((each) => [each.id, each.name, each.unread])]);
    if (written === this.captioned) return;
    this.captioned = written;
    this.at("whose").replaceChildren(
      ...(this.owner ? [] : [el("option", { value: "" }, "だれのスマートフォン？")]),
      ...rows.map((each) => el("option", { value: each.id }, each.name + (each.unread && each.id !== this.chat ? `（未読 ${each.unread}）` : ""))));
    this.at("whose").value = this.owner ? this.chat : "";
  }

  welcome(account) {
    const wanted = !this.owner ? "nobody" : this.owner.state === "stranger" && !this.talk.drawn.size ? "stranger" : "";
    const there = this.at("talk").querySelector(".welcome");
    if (there?.dataset.for === wanted || (!there && !wanted)) return;
    there?.remove();
    if (!wanted) return;
    const words = wanted === "nobody" ? both("「＋」で住民を追加して、はじめましょう。", "Add a resident to begin.")
      : both("友だちに追加すると、市とのトークが始まります。", "Add the city as a friend to start.");
    this.at("talk").append(el("div", { class: "welcome", "data-for": wanted }, el("span", { class: "face big", "aria-hidden": true }, [...account][0]),
      wanted === "nobody" ? null : el("strong", {}, account), el("p", {}, words)));
  }

  async act(deed, body = {}) {
    const group = this.owner?.state === "group";
    const whole = group ? { ...body, user: this.foot.voice.value, wait: false } : { ...body, wait: false };
    try {
      await control(`/${group ? "groups" : "residents"}/${this.chat}/${deed}`, whole);
    } catch (fault) {
      this.notify(fault.message);
    }
  }

  say(text) { this.act("say", { text }); }

  tap(data, displayText, params) {
    this.at("quick").hidden = true;
    this.act("tap", { data, displayText: displayText ?? null, params: params ?? null });
  }

  unsend(message) { this.act("unsend", { message_id: message }); }

  write(text) { this.foot.write(text); }

  enlarge(url, alt) {
    const close = el("button", { type: "button", class: "close", "aria-label": "閉じる Close", onclick: () => this.sheet.close() }, "×");
    this.sheet.open("写真 Picture", el("div", { class: "enlarged" }, picture(url, { alt }), close), close);
  }

  notify(words) {
    const toast = this.at("toast");
    toast.textContent = words;
    clearTimeout(this.toasted);
    this.toasted = setTimeout(() => { toast.textContent = ""; }, 4000);
  }
}
