import { both, el } from "./dom.js";

/**
 * What comes up over one phone. While it is open the rest of that phone is out of reach; Escape, or a tap beside it, puts
 * it away and gives the focus back to where it was.
 */
export class Sheet {
  constructor(place, orElse) {
    Object.assign(this, { place, orElse, from: null });
    place.addEventListener("click", (event) => { if (event.target === place) this.close(); });
  }

  get isOpen() { return !this.place.hidden; }

  open(title, content, first = null) {
    if (!this.isOpen) this.from = document.activeElement;
    const dialog = el("div", { class: "dialog", role: "dialog", "aria-label": title, tabindex: -1 }, content);
    this.place.replaceChildren(dialog);
    this.place.hidden = false;
    this.others(true);
    (first ?? dialog).focus();
  }

  close() {
    if (!this.isOpen) return;
    this.place.hidden = true;
    this.place.replaceChildren();
    this.others(false);
    // What was tapped may have been drawn anew.
    (this.from?.isConnected && this.from !== document.body ? this.from : this.orElse()).focus();
    this.from = null;
  }

  others(inert) {
    for (const each of this.place.parentElement.children) if (each !== this.place && !each.matches(".toast")) each.inert = inert;
  }
}

export const cancel = (phone) =>
  el("button", { type: "button", class: "plain", onclick: () => phone.sheet.close() }, both("やめる", "Cancel"));
