import { Backstage } from "./backstage.js";
import { both, el, hour, picture, useMedia } from "./dom.js";
import { People } from "./people.js";
import { Talk } from "./talk.js";

const at = (id) => document.getElementById(id);
const POLL = 25; // seconds

async function ask(path, body) {
  const answer = await fetch(`/control${path}`, {
    method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body ?? {}),
  });
  const made = await answer.json();
  if (!answer.ok) throw new Error(made.message);
  return made;
}

/** The phone in the middle: what its owner does, and what it shows. */
class Phone {
  constructor() {
    this.chat = decodeURIComponent(location.hash.slice(1));
    this.version = "";
    this.talk = new Talk(this, at("talk"), at("quick"));
    this.backstage = new Backstage(at("wire"));
    this.people = new People(this, at("list"), at("count"));
    this.stop = new AbortController();
    at("back").addEventListener("click", () => this.choose(""));
    at("block").addEventListener("click", () => this.act("block"));
    at("add").addEventListener("submit", (event) => this.add(event));
    at("quick").addEventListener("wheel", (event) => {
      if (event.deltaY) { at("quick").scrollLeft += event.deltaY; event.preventDefault(); }
    }, { passive: false });
    window.addEventListener("hashchange", () => this.choose(decodeURIComponent(location.hash.slice(1))));
    this.poll();
  }

  async poll() {
    for (;;) {
      this.stop = new AbortController();
      const asked = this.chat;
      try {
        const query = new URLSearchParams({ chat: asked, version: this.version, timeout: POLL });
        const state = await (await fetch(`/phone/state?${query}`, { signal: this.stop.signal })).json();
        if (asked === this.chat) {
          this.version = state.version;
          this.show(state);
        }
        await new Promise((done) => { setTimeout(done, 120); });
      } catch (broken) {
        if (broken.name === "AbortError") continue;
        at("state").textContent = "切断されました。再接続しています… Reconnecting…";
        at("state").className = "state bad";
        this.version = "";
        await new Promise((done) => { setTimeout(done, 1500); });
      }
    }
  }

  choose(chat) {
    if (chat === this.chat) return;
    this.chat = chat;
    this.version = "";
    this.sheet(null);
    history.replaceState(null, "", chat ? `#${chat}` : location.pathname);
    this.stop.abort();
  }

  show(state) {
    useMedia(state.media);
    at("state").className = state.webhook ? "state good" : "state bad";
    at("state").replaceChildren(...(state.webhook ? both("市のシステムに接続中", "Connected") : both("Webhook の宛先が未設定です", "No webhook address")));
    at("clock").textContent = hour(state.now);
    this.people.show(state, this.chat);
    if (!state.chat && state.residents.length && !this.chat && matchMedia("(min-width: 761px)").matches) {
      this.choose(state.residents[0].id);
      return;
    }
    at("stage").classList.toggle("talking", Boolean(state.chat));
    const names = new Map(state.residents.map((each) => [each.id, each.name]));
    const owner = state.owner;
    const group = state.groups.find((each) => each.id === this.chat);
    this.owner = owner ?? (group ? { state: "group", members: group.members, names } : null);
    at("account").textContent = group ? group.name : state.account;
    at("whose").textContent = owner ? `${owner.name} のスマートフォン` : group ? `グループ（住民 ${group.members.length} 人と${state.account}）` : "";
    at("block").hidden = owner?.state !== "following";
    this.talk.show(state.chat, state.account, group ? names : new Map(), state.now);
    this.backstage.show(state.backstage);
    this.foot(state.account);
  }

  /** Under the chat: a place to write, or the one button that makes sense. */
  foot(account) {
    const wanted = `${this.chat}/${this.owner?.state}`;
    if (this.footed === wanted) return;
    this.footed = wanted;
    const foot = at("foot");
    foot.className = "foot";
    if (!this.owner) {
      foot.replaceChildren();
      at("talk").replaceChildren(el("div", { class: "welcome" }, el("span", { class: "face big" }, [...account][0]),
        el("p", {}, both("「住民を追加」を押して、はじめましょう。", "Add a resident to begin."))));
    } else if (this.owner.state === "stranger") {
      at("talk").replaceChildren(el("div", { class: "welcome" }, el("span", { class: "face big" }, [...account][0]),
        el("strong", {}, account), el("p", {}, both("友だちに追加すると、市とのトークが始まります。", "Add the city as a friend to start."))));
      foot.replaceChildren(el("button", { type: "button", class: "strong", id: "follow", onclick: () => { at("talk").replaceChildren(); this.act("follow"); } },
        both("友だち追加", "Add friend")));
    } else if (this.owner.state === "blocked") {
      foot.replaceChildren(el("p", {}, both("ブロック中のため、メッセージは届きません。", "Blocked: nothing arrives.")),
        el("button", { type: "button", class: "strong", id: "unblock", onclick: () => this.act("unblock") }, both("ブロックを解除", "Unblock")));
    } else {
      foot.replaceChildren(this.writer());
    }
  }

  writer() {
    const input = el("textarea", { id: "words", rows: 1, placeholder: "メッセージを入力", "aria-label": "メッセージ Message", autocomplete: "off" });
    const send = el("button", { type: "submit", class: "send", "aria-label": "送信 Send", title: "送信 Send" });
    send.innerHTML = '<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M3 20.5 21 12 3 3.5 3 10l12 2-12 2z"/></svg>';
    const form = el("form", { class: "writer" }, this.speaker(), input, send);
    const fit = () => { input.style.height = "auto"; input.style.height = `${Math.min(input.scrollHeight, 110)}px`; };
    input.addEventListener("input", fit);
    input.addEventListener("keydown", (event) => {
      // Enter also ends the conversion of kana, which must not send.
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); form.requestSubmit(); }
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (!input.value.trim()) return;
      this.say(input.value);
      input.value = "";
      fit();
    });
    return form;
  }

  speaker() {
    if (this.owner.state !== "group") return null;
    const choice = el("select", { "aria-label": "話す人 Who speaks" },
      this.owner.members.map((user) => el("option", { value: user }, this.owner.names.get(user) ?? user.slice(0, 6))));
    this.voice = choice;
    return choice;
  }

  async act(deed, body = {}) {
    const group = this.owner?.state === "group";
    const whole = group ? { ...body, user: this.voice.value, wait: false } : { ...body, wait: false };
    try {
      await ask(`/${group ? "groups" : "residents"}/${this.chat}/${deed}`, whole);
    } catch (fault) {
      this.notify(fault.message);
    }
  }

  say(text) { this.act("say", { text }); }

  tap(data, displayText, params) {
    at("quick").hidden = true;
    this.act("tap", { data, displayText: displayText ?? null, params: params ?? null });
  }

  unsend(message) { this.act("unsend", { message_id: message }); }

  write(text) {
    const input = at("words");
    if (input) { input.value = text; input.focus(); }
  }

  async add(event) {
    event.preventDefault();
    const made = await ask("/residents", { count: 1, seed: "phone", language: at("language").value });
    this.choose(made.residents[0].id);
  }

  /** Something from below: a picker; null puts it away. */
  sheet(content) {
    at("sheet").hidden = content === null;
    at("sheet").replaceChildren(...(content === null ? [] : [content]));
  }

  enlarge(url) {
    this.sheet(el("button", { type: "button", class: "enlarged", "aria-label": "閉じる Close", onclick: () => this.sheet(null) }, picture(url)));
  }

  notify(words) {
    const toast = at("toast");
    toast.textContent = words;
    toast.hidden = false;
    clearTimeout(this.toasted);
    this.toasted = setTimeout(() => { toast.hidden = true; }, 2600);
  }
}

document.addEventListener("keydown", (event) => { if (event.key === "Escape") window.phone.sheet(null); });
window.phone = new Phone();
