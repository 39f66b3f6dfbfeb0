import { Alarm, Clock, Trouble } from "./trouble.js";
import { control } from "./control.js";
import { both, el, useMedia } from "./dom.js";
import { People } from "./people.js";
import { Phone } from "./phone.js";
import { Wire } from "./wire.js";

const at = (id) => document.getElementById(id);
const POLL = 25; // seconds
const wide = matchMedia("(min-width: 761px)");

/** The table on which the phones lie: who has them, how many there are, and what goes on behind the scenes. */
class Page {
  constructor() {
    this.version = "";
    this.phones = [];
    this.people = new People(this, at("list"), at("count"));
    this.wire = new Wire(at("wire"), at("wire-whose"));
    this.clock = new Clock();
    this.trouble = new Trouble();
    this.alarm = new Alarm();
    this.stop = new AbortController();
    at("add").addEventListener("submit", (event) => { event.preventDefault(); this.add(this.phone, at("language").value); });
    for (const button of at("how-many").children) button.addEventListener("click", () => this.lay(Number(button.dataset.phones), this.chats));
    at("opens-backstage").addEventListener("click", () => this.backstage(at("opens-backstage").ariaExpanded !== "true"));
    window.addEventListener("hashchange", () => this.read());
    document.addEventListener("keydown", (event) => { if (event.key === "Escape") this.escape(event); });
    this.backstage(matchMedia("(min-width: 1181px)").matches && !this.wished);
    this.read();
    this.poll();
  }

  get chats() { return this.phones.map((each) => each.chat); }

  get wished() { return Number(new URLSearchParams(location.search).get("phones")); }

  /** The address says how many phones and whose: /?phones=3#U…,U… */
  read() {
    const chats = decodeURIComponent(location.hash.slice(1)).split(",").filter(Boolean);
    this.lay(this.wished || chats.length || 1, chats);
  }

  lay(count, chats) {
    const many = Math.min(Math.max(1, Math.trunc(count) || 1), at("how-many").children.length);
    if (many === this.phones.length && chats.every((chat, n) => chat === this.chats[n])) return;
    this.phones = Array.from({ length: many }, (_, n) => new Phone(this, n + 1, chats[n] ?? ""));
    at("row").replaceChildren(...this.phones.map((each) => each.root));
    at("stage").classList.toggle("several", many > 1);
    for (const button of at("how-many").children) button.ariaPressed = Number(button.dataset.phones) === many;
    at("which").replaceChildren(...this.phones.map((each) =>
      el("button", { type: "button", onclick: () => this.look(each) }, `端末 ${each.number}`)));
    this.look(this.phones[0]);
    this.changed();
  }

  /** The phone that is being used: the list of residents and the wire are about it. */
  look(phone) {
    if (this.phone === phone) return;
    this.phone = phone;
    this.phones.forEach((each, n) => {
      each.root.classList.toggle("used", each === phone);
      at("which").children[n].ariaPressed = each === phone;
    });
    if (this.state) this.behind(this.state);
  }

  choose(phone, chat) {
    if (chat === phone.chat) return;
    phone.sheet.close();
    phone.chat = chat;
    this.changed();
  }

  changed() {
    const many = this.phones.length;
    const chats = this.chats.filter(Boolean).join(",");
    history.replaceState(null, "", `${location.pathname}${many > 1 ? `?phones=${many}` : ""}${chats ? `#${chats}` : ""}`);
    this.version = "";
    this.stop.abort();
  }

  async poll() {
    for (;;) {
      this.stop = new AbortController();
      const asked = String(this.chats);
      try {
        const query = new URLSearchParams([...this.chats.map((chat) => ["chat", chat]), ["version", this.version], ["timeout", POLL]]);
        const state = await (await fetch(`/phone/state?${query}`, { signal: this.stop.signal })).json();
        if (asked === String(this.chats)) {
          this.version = state.version;
          this.show(state);
        }
        await new Promise((done) => { setTimeout(done, 120); });
      } catch (broken) {
        if (broken.name === "AbortError") continue;
        console.warn(broken);
        at("state").textContent = "切断されました。再接続しています… Reconnecting…";
        at("state").className = "state bad";
        this.version = "";
        await new Promise((done) => { setTimeout(done, 1500); });
      }
    }
  }

  show(state) {
    this.state = state;
    useMedia(state.media);
    at("state").className = state.webhook ? "state good" : "state bad";
    const words = state.webhook ? both("市のシステムに接続中", "Connected") : both("Webhook の宛先が未設定です", "No webhook address");
    if (at("state").dataset.to !== String(state.webhook)) at("state").replaceChildren(...words);
    at("state").dataset.to = state.webhook;
    if (this.fill(state)) return;
    at("stage").classList.toggle("talking", this.phones.length > 1 || Boolean(state.phones[0].chat));
    this.phones.forEach((each, n) => each.show(state, state.phones[n]));
    this.behind(state);
  }

  /** Phones without an owner get one who has none yet. A narrow page with one phone begins with the list instead. */
  fill(state) {
    if (this.phones.length === 1 && !wide.matches) return false;
    const free = state.residents.map((each) => each.id).filter((id) => !this.chats.includes(id));
    const empty = this.phones.filter((each) => !each.chat);
    if (!free.length || !empty.length) return false;
    empty.forEach((each, n) => { each.chat = free[n] ?? ""; });
    this.changed();
    return true;
  }

  behind(state) {
    this.people.show(state, this.phone.chat);
    const several = this.phones.length > 1;
    this.wire.show(state.phones[this.phone.number - 1]?.backstage ?? [], several ? `端末 ${this.phone.number}` : "");
    this.clock.show(state.now, state.trouble.ahead);
    this.trouble.show(state.trouble);
    this.alarm.show(state.trouble);
  }

  async add(phone, language) {
    const made = await control("/residents", { count: 1, seed: "phone", language });
    this.choose(phone, made.residents[0].id);
  }

  backstage(open) {
    at("opens-backstage").ariaExpanded = open;
    at("stage").classList.toggle("open", open);
  }

  escape(event) {
    const held = this.phones.find((each) => each.root.contains(event.target) && each.sheet.isOpen) ?? this.phones.find((each) => each.sheet.isOpen);
    if (held) held.sheet.close();
    else if (at("backstage").contains(event.target)) {
      this.backstage(false);
      at("opens-backstage").focus();
    }
  }
}

window.page = new Page();
