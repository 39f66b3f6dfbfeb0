import { el, second } from "./dom.js";

const KINDS = {
  message: "メッセージ", postback: "ボタン", follow: "友だち追加", unfollow: "ブロック", unsend: "送信取消", join: "グループ参加", leave: "退出",
};
const CALLS = { reply: "返信", push: "個別配信", multicast: "一斉配信", profile: "プロフィール", loading: "入力中表示" };

/** The webhooks and requests of one chat, newest first. */
export class Wire {
  constructor(list, whose) {
    Object.assign(this, { list, whose, written: "" });
  }

  show(seen, whose) {
    const written = JSON.stringify([seen, whose]);
    if (written === this.written) return;
    this.written = written;
    this.whose.textContent = `このトークの Webhook と API${whose ? `（${whose}）` : ""}。新しい順です。`;
    this.list.replaceChildren(...[...seen].reverse().map((each) => this.row(each)));
    if (!seen.length) this.list.append(el("li", { class: "none" }, "まだ通信はありません。 ", el("span", { lang: "en" }, "Nothing yet.")));
  }

  row(each) {
    const out = each.kind === "webhook";
    const what = out ? each.kinds.map((kind) => KINDS[kind] ?? kind).join("・") : CALLS[each.endpoint] ?? each.endpoint;
    const technical = out ? `webhook ${each.kinds.join(", ")}` : `${each.endpoint}${each.ids > 1 ? ` × ${each.ids.toLocaleString("ja-JP")}` : ""}`;
    const good = each.status >= 200 && each.status < 300;
    const status = each.status ?? (each.error ? "×" : "…");
    return el("li", { class: out ? "out" : "in" },
      el("span", { class: "arrow", "aria-hidden": true }, out ? "↗" : "↙"),
      el("span", { class: "what" }, what, el("small", {}, technical,
        each.redelivery ? el("b", {}, " 再送") : null, each.fault ? el("b", {}, ` fault: ${each.fault}`) : null)),
      el("span", { class: `status ${good ? "good" : each.status || each.error ? "bad" : ""}`, title: each.error }, status),
      el("span", { class: "when" }, second(each.at), el("small", {}, each.took_ms ? `${Math.round(each.took_ms)} ms` : "")));
  }
}
