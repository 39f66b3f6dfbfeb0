import { control } from "./control.js";
import { both, el, moment } from "./dom.js";

const at = (id) => document.getElementById(id);
const FAULTS = [
  ["LINE の返事が3秒遅れる", "LINE answers 3 s late", { kind: "slow", seconds: 3 }],
  ["LINE につながらない", "LINE cannot be reached", { kind: "before", cut: true }],
  ["LINE が 500 を返す", "LINE answers 500", { kind: "status", status: 500 }],
  ["2回に1回だけ 500 を返す", "LINE answers 500 every other time", { kind: "status", status: 500, probability: 0.5 }],
  ["LINE が 429（速すぎ）を返す", "LINE answers 429: too fast", { kind: "status", status: 429 }],
  ["受け付けるが返事が届かない", "Accepted, but the answer is lost", { kind: "after", cut: true }],
];
const SETTINGS = [
  ["Webhook が遅れて届く（1〜4秒）", "Webhooks come 1–4 s late", (now) => now.delays > 0,
    { delay_probability: 1, delay: [1, 4] }, { delay_probability: 0 }],
  ["Webhook が二度届く", "Webhooks come twice", (now) => now.repeats > 0, { repeat_probability: 1 }, { repeat_probability: 0 }],
  ["今月の配信枠を使い切った", "The monthly quota is used up", (now) => now.quota !== null && now.quota_used >= now.quota,
    (now) => ({ quota: now.quota_used }), { quota: null }],
];
const REDELIVERY = ["Webhook の再送（LINE の設定）", "Webhook redelivery, as set at LINE"];
const USUAL = { kind: "", probability: 1, status: 500, seconds: 0, cut: false, endpoint: "*", count: null, accepted: false, message: null, user: null, words: null };
const STEPS = [["＋1分", "+1 min", 60], ["＋1時間", "+1 h", 3600], ["＋1日", "+1 day", 86400]];
const CALM = { delay_probability: 0, repeat_probability: 0, quota: null };

const same = (fault, wished) => Object.entries({ ...USUAL, ...wished }).every(([name, value]) => fault[name] === value);

/** How far the clock is ahead, in words. */
export function aheadInWords(ahead) {
  const units = [["日", 86400], ["時間", 3600], ["分", 60], ["秒", 1]];
  let left = Math.abs(Math.round(ahead));
  const parts = units.map(([unit, seconds]) => {
    const many = Math.floor(left / seconds);
    left -= many * seconds;
    return many ? `${many}${unit}` : "";
  });
  return `${ahead < 0 ? "−" : "＋"}${parts.join("")}`;
}

/** A row that is on or off. */
function toggle(ja, en, set) {
  const button = el("button", { type: "button", class: "switch", role: "switch", "aria-checked": "false", onclick: () => set(button.ariaChecked !== "true") },
    el("span", { class: "switch-words" }, ja, el("small", { lang: "en" }, en)), el("span", { class: "knob", "aria-hidden": true }));
  return button;
}

/** The switches for what is to go wrong. */
export class Trouble {
  constructor() {
    this.now = null;
    this.faults = FAULTS.map(([ja, en, fault]) => toggle(ja, en, (on) => this.setFault(fault, on)));
    this.settings = SETTINGS.map(([ja, en, , on, off]) => toggle(ja, en, (wanted) =>
      control("/settings", wanted ? (typeof on === "function" ? on(this.now) : on) : off)));
    this.redelivery = toggle(...REDELIVERY, (on) => control("/settings", { redelivery: on }));
    at("switches").append(...this.faults, ...this.settings);
    at("setting").append(this.redelivery);
  }

  show(now) {
    this.now = now;
    FAULTS.forEach(([, , fault], n) => { this.faults[n].ariaChecked = now.faults.some((each) => same(each, fault)); });
    SETTINGS.forEach(([, , isOn], n) => { this.settings[n].ariaChecked = isOn(now); });
    this.redelivery.ariaChecked = now.redelivery;
    this.ordered(now.faults);
  }

  /** Every fault that was ordered, also those that a test or a command ordered. */
  ordered(faults) {
    const written = JSON.stringify(faults);
    if (written === this.written) return;
    this.written = written;
    at("ordered").replaceChildren(...faults.map((each) => el("li", {},
      el("span", {}, `${each.kind} ${each.endpoint}${each.kind === "status" ? ` ${each.status}` : ""}`,
        el("small", {}, `当たった回数 ${each.hits}${each.count === null ? "" : ` / ${each.count}`}`)),
      el("button", { type: "button", class: "cancel", "aria-label": `${each.kind} ${each.endpoint} をやめる Cancel`, onclick: () => control(`/faults/${each.id}`, null, "DELETE") }, "やめる"))));
  }

  async setFault(fault, on) {
    if (on) await control("/faults", fault);
    else for (const each of this.now.faults) if (same(each, fault)) await control(`/faults/${each.id}`, null, "DELETE");
  }
}

/** LINE's time, which may be put ahead. */
export class Clock {
  constructor() {
    this.ahead = 0;
    this.offset = 0;
    at("steps").append(
      ...STEPS.map(([ja, en, seconds]) => el("button", { type: "button", onclick: () => this.move(this.ahead + seconds) }, both(ja, en))),
      el("button", { type: "button", class: "to-now", onclick: () => this.move(0) }, both("現在に戻す", "Back to now")));
    setInterval(() => this.tick(), 1000);
  }

  async move(ahead) {
    this.ahead = ahead; // two quick clicks are two steps
    await control("/clock", { ahead });
  }

  show(now, ahead) {
    this.offset = now - Date.now();
    this.ahead = ahead;
    at("ahead").textContent = ahead ? aheadInWords(ahead) : "";
    this.tick();
  }

  tick() {
    const now = Date.now() + this.offset;
    at("time-now").textContent = moment(now);
    at("time-now").dateTime = new Date(now).toISOString();
  }
}

/** What is not as usual, on top of everything, and the one button that ends it. */
export class Alarm {
  constructor() {
    at("alarm-clear").addEventListener("click", () => this.clear());
  }

  show(now) {
    const active = now.faults.length + SETTINGS.filter(([, , isOn]) => isOn(now)).length;
    const parts = [active ? `障害・遅延 ${active} 件` : "", now.ahead ? `LINE の時計 ${aheadInWords(now.ahead)}` : ""].filter(Boolean);
    const words = parts.length ? `⚠ ${parts.join("・")}` : "";
    if (at("alarm-words").textContent !== words) at("alarm-words").textContent = words;
    at("how-much").textContent = active ? `${active} 件` : "";
    at("alarm").classList.toggle("calm", !words);
    at("alarm").hidden = false;
    at("alarm-clear").hidden = !words;
  }

  async clear() {
    await Promise.all([control("/faults", null, "DELETE"), control("/settings", CALM), control("/clock", { ahead: 0 })]);
    at("opens-backstage").focus();
  }
}
