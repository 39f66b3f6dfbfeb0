import { el, hour, tongue, unseen } from "./dom.js";

const STATES = { stranger: "友だち未追加", blocked: "ブロック中" };
const LANGUAGES = { ja: "日本語", en: "English" };
const COLOURS = ["#2f7d6b", "#3b6ea8", "#a8573b", "#7a5aa6", "#9a7b1f", "#47803a", "#a34a6c", "#2f7f93"];

/** The list of residents, groups after them. */
export class People {
  constructor(page, list, count) {
    Object.assign(this, { page, list, count, written: "" });
  }

  show(state, chosen) {
    const rows = [
      ...state.residents.map((each) => ({ ...each, face: each.name.match(/\d+$/)?.[0] ?? [...each.name][0], colour: COLOURS[each.number % COLOURS.length] })),
      ...state.groups.map((each) => ({ ...each, face: "👥", colour: "#5b6673", state: "group", language: "" })),
    ];
    const written = JSON.stringify([rows, chosen, state.count]);
    if (written === this.written) return;
    this.written = written;
    const more = state.count - state.residents.length;
    this.count.textContent = more > 0 ? `ほか ${more.toLocaleString("ja-JP")} 人` : `${state.count} 人`;
    const focused = document.activeElement?.dataset?.chat;
    this.list.replaceChildren(...rows.map((row) => this.row(row, row.id === chosen)));
    if (focused) this.list.querySelector(`[data-chat="${focused}"]`)?.focus();
  }

  row(row, chosen) {
    return el("li", {}, el("button", {
      type: "button", class: `person ${row.state}`, "data-chat": row.id, "aria-current": chosen ? "true" : null,
      onclick: () => this.page.choose(this.page.phone, row.id),
    },
    el("span", { class: "person-face", style: { background: row.colour }, "aria-hidden": true }, row.face),
    el("span", { class: "person-name" }, row.name, LANGUAGES[row.language] ? el("small", {}, LANGUAGES[row.language]) : null),
    el("span", { class: "person-last", lang: tongue(row.last) }, STATES[row.state] ?? (row.last || "トークを始めましょう")),
    row.last_at ? el("time", {}, hour(row.last_at)) : null,
    row.unread ? el("span", { class: "unread" }, unseen("未読 "), row.unread) : null));
  }
}
