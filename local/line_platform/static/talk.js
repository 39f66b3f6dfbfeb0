import { actor } from "./actions.js";
import { both, day, el, hour, picture, tongue, unseen } from "./dom.js";
import { message } from "./messages.js";

const NOTICES = {
  follow: ["友だちに追加しました", "Added as a friend"],
  unblock: ["ブロックを解除しました", "Unblocked"],
  block: ["ブロックしました", "Blocked"],
  join: ["グループに参加しました", "Joined the group"],
  leave: ["グループから退出しました", "Left the group"],
};
const HOW = { reply: "reply", push: "push", multicast: "multicast" };

/** The chat's entries, drawn once each and again only when they change. */
export class Talk {
  constructor(phone, place, quick) {
    Object.assign(this, { phone, place, quick, chat: null, drawn: new Map(), atEnd: true });
    place.addEventListener("scroll", () => { this.atEnd = this.restToEnd() < 120; });
    // The menu and the keyboard take room from the chat; who read its end goes on reading it.
    new ResizeObserver(() => { if (this.atEnd) place.scrollTop = place.scrollHeight; }).observe(place);
  }

  show(chat, account, names, now) {
    if (this.chat !== chat?.id) {
      this.chat = chat?.id ?? null;
      this.drawn.clear();
      this.place.replaceChildren();
      this.quickFrom = null;
      this.quick.hidden = true;
      // A chat that is opened is not read out; what comes from now on is.
      this.place.setAttribute("aria-live", "off");
      setTimeout(() => this.place.setAttribute("aria-live", "polite"), 500);
    }
    if (!chat) return;
    const atEnd = this.restToEnd() < 120;
    let grown = false;
    let before = null;
    for (const entry of chat.entries) {
      const written = JSON.stringify(entry);
      const known = this.drawn.get(entry.n);
      if (known?.written !== written) {
        const line = this.line(entry, before, account, names);
        if (known) known.line.replaceWith(line);
        else this.place.append(line);
        this.drawn.set(entry.n, { written, line });
        grown ||= !known;
      }
      before = entry;
    }
    this.waiting(chat.loading_until - now, account);
    const chips = this.chips(chat.entries);
    if (grown && (atEnd || chips)) this.toEnd();
  }

  restToEnd() { return this.place.scrollHeight - this.place.scrollTop - this.place.clientHeight; }

  toEnd() {
    const down = () => { this.place.scrollTop = this.place.scrollHeight; };
    down();
    // What stands below is drawn next, and pictures find their height later.
    requestAnimationFrame(down);
    for (const image of this.place.querySelectorAll("img")) {
      if (!image.complete) image.addEventListener("load", down, { once: true });
    }
  }

  waiting(left, account) {
    clearTimeout(this.ending);
    this.place.querySelector(".dots")?.remove();
    if (left <= 0) return;
    this.ending = setTimeout(() => this.place.querySelector(".dots")?.remove(), left);
    this.place.append(el("div", { class: "line city dots" }, unseen("入力中 Typing"),
      el("span", { class: "face", "aria-hidden": true }, [...account][0]), el("div", { class: "balloon" }, el("i"), el("i"), el("i"))));
  }

  line(entry, before, account, names) {
    const parts = [];
    if (!before || day(before.at) !== day(entry.at)) parts.push(el("p", { class: "day" }, day(entry.at)));
    if (entry.by === "notice") {
      parts.push(el("p", { class: "notice" }, both(...(NOTICES[entry.how] ?? [entry.how, ""]))));
    } else if (entry.unsent) {
      parts.push(el("p", { class: "notice" }, both("メッセージの送信を取り消しました", "Message unsent")));
    } else if (entry.message) {
      parts.push(entry.by === "city" ? this.fromCity(entry, before, account) : this.fromResident(entry, names));
    }
    return el("div", { class: "entry", "data-n": entry.n }, parts);
  }

  fromCity(entry, before, account) {
    const first = before?.by !== "city" || before.request_id !== entry.request_id;
    const wide = ["flex", "template", "imagemap"].includes(entry.message.type);
    const carousel = entry.message.contents?.type === "carousel" || /carousel/.test(entry.message.template?.type ?? "");
    return el("div", { class: `line city${wide ? " wide" : ""}${carousel ? " rolling" : ""}` },
      first ? el("span", { class: "face", "aria-hidden": true }, [...account][0]) : el("span", { class: "face none" }),
      el("div", { class: "said" },
        first ? el("span", { class: "name" }, entry.message.sender?.name ?? account) : unseen(account),
        message(this.phone, entry.message)),
      el("span", { class: "side" },
        entry.how === "reply" ? null : el("span", { class: "how", title: "返信ではなく市から届いた配信" }, HOW[entry.how]),
        el("time", {}, hour(entry.at))));
  }

  fromResident(entry, names) {
    const name = names.get(entry.user);
    return el("div", { class: "line resident" },
      entry.message_id ? el("button", {
        type: "button", class: "unsend", onclick: () => this.phone.unsend(entry.message_id),
      }, both("送信取消", "Unsend")) : null,
      el("span", { class: "side" }, name ? el("span", {}, name) : unseen("住民"), el("time", {}, hour(entry.at))),
      el("div", { class: "said" }, message(this.phone, entry.message)));
  }

  /** Quick replies stand only under the latest message. */
  chips(entries) {
    const last = entries.at(-1);
    const items = (last?.by === "city" && last.message?.quickReply?.items) || [];
    const from = items.length ? `${this.chat}/${last.n}` : null;
    if (from === this.quickFrom) return false;
    this.quickFrom = from;
    this.quick.hidden = items.length === 0;
    this.quick.replaceChildren(...items.map((item) => actor(this.phone, item.action, { class: "chip", lang: tongue(item.action.label) },
      [item.imageUrl ? picture(item.imageUrl, { class: "chip-icon" }) : null, item.action.label])));
    this.quick.scrollLeft = 0;
    return items.length > 0;
  }
}
