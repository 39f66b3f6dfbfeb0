import { actor, tappable } from "./actions.js";
import { el, picture, tongue } from "./dom.js";
import { rolling } from "./templates.js";

// LINE's keywords in pixels.
const SPACE = { none: 0, xs: 2, sm: 4, md: 8, lg: 12, xl: 16, xxl: 20 };
const TEXT = { xxs: 11, xs: 13, sm: 14, md: 16, lg: 19, xl: 22, xxl: 29, "3xl": 35, "4xl": 48, "5xl": 74 };
const IMAGE = { xxs: 40, xs: 60, sm: 80, md: 100, lg: 120, xl: 140, xxl: 160, "3xl": 180, "4xl": 200, "5xl": 220 };
const BORDER = { none: 0, light: 0.5, normal: 1, medium: 2, "semi-bold": 3, bold: 4 };
const BUBBLE = { nano: 120, micro: 160, deca: 220, hecto: 241, kilo: 260, mega: 300, giga: 386 };
const ALIGN = { start: "flex-start", center: "center", end: "flex-end", top: "flex-start", bottom: "flex-end" };

const px = (words, value) => (value === undefined ? undefined : value in words ? `${words[value]}px` : value);

export function flex(phone, contents) {
  if (contents.type === "carousel") {
    return rolling(contents.contents.map((each) => bubble(phone, each)));
  }
  return bubble(phone, contents);
}

function bubble(phone, part) {
  const made = el("div", {
    class: "flex-bubble", dir: part.direction ?? "ltr", style: { width: `${BUBBLE[part.size ?? "mega"]}px` },
  });
  for (const name of ["header", "hero", "body", "footer"]) {
    if (!part[name]) continue;
    const style = part.styles?.[name] ?? {};
    if (style.separator) made.append(el("hr", { style: { background: style.separatorColor ?? "#d8dde3" } }));
    const block = el("div", { class: `block-${name}` }, draw(phone, part[name], "vertical"));
    if (style.backgroundColor) block.style.background = style.backgroundColor;
    made.append(block);
  }
  return tappable(phone, made, part.action);
}

function draw(phone, part, layout) {
  const made = DRAWN[part.type]?.(phone, part, layout) ?? el("span");
  place(made, part, layout);
  return part.type === "button" ? made : tappable(phone, made, part.action);
}

function place(made, part, layout) {
  const style = made.style;
  const usual = part.type === "filler" || (layout !== "vertical" && !["icon", "separator"].includes(part.type)) ? 1 : 0;
  const share = part.width || (part.type === "image" && layout === "vertical") ? 0 : (part.flex ?? usual);
  style.flex = share > 0 ? `${share} 1 ${layout === "vertical" ? "auto" : "0"}` : "0 0 auto";
  if (part.position === "absolute") style.position = "absolute";
  else if (part.offsetTop || part.offsetBottom || part.offsetStart || part.offsetEnd) style.position = "relative";
  style.top = px(SPACE, part.offsetTop) ?? "";
  style.bottom = px(SPACE, part.offsetBottom) ?? "";
  style.insetInlineStart = px(SPACE, part.offsetStart) ?? "";
  style.insetInlineEnd = px(SPACE, part.offsetEnd) ?? "";
  if (layout !== "vertical" && part.gravity) style.alignSelf = ALIGN[part.gravity];
}

const DRAWN = {
  box(phone, part) {
    const made = el("div", { class: `flex-box ${part.layout}` });
    const style = made.style;
    const gap = part.layout === "vertical" ? "marginTop" : "marginInlineStart";
    part.contents.forEach((each, number) => {
      const child = draw(phone, each, part.layout);
      // A component's own margin takes the place of the box's spacing.
      if (number > 0 && each.position !== "absolute") child.style[gap] = px(SPACE, each.margin ?? part.spacing ?? "none");
      made.append(child);
    });
    style.padding = px(SPACE, part.paddingAll) ?? "";
    for (const [name, side] of [["Top", "Top"], ["Bottom", "Bottom"], ["Start", "InlineStart"], ["End", "InlineEnd"]]) {
      if (part[`padding${name}`]) style[`padding${side}`] = px(SPACE, part[`padding${name}`]);
    }
    style.background = part.backgroundColor ?? "";
    if (part.background?.type === "linearGradient") {
      const { angle, startColor, centerColor, centerPosition, endColor } = part.background;
      const centre = centerColor ? `${centerColor} ${centerPosition ?? "50%"}, ` : "";
      style.background = `linear-gradient(${angle}, ${startColor}, ${centre}${endColor})`;
    }
    if (part.borderWidth || part.borderColor) {
      style.border = `${px(BORDER, part.borderWidth ?? "normal")} solid ${part.borderColor ?? "#c8cdd4"}`;
    }
    if (part.cornerRadius) Object.assign(style, { borderRadius: px(SPACE, part.cornerRadius), overflow: "hidden" });
    for (const name of ["width", "maxWidth", "height", "maxHeight"]) style[name] = part[name] ?? "";
    style.justifyContent = part.justifyContent ?? "";
    style.alignItems = part.alignItems ?? "";
    return made;
  },

  text(phone, part, layout) {
    const whole = part.text ?? part.contents?.map((span) => span.text).join("");
    const made = el("p", { class: `flex-text${part.wrap ? " wrap" : ""}`, lang: tongue(whole) });
    if (part.contents?.length) made.append(...part.contents.map((span) => letters(el("span", {}, span.text), span)));
    else made.textContent = part.text;
    letters(made, { size: "md", ...part });
    if (part.align) made.style.textAlign = part.align;
    if (part.lineSpacing) made.style.lineHeight = `calc(1.4em + ${part.lineSpacing})`;
    if (part.maxLines && part.wrap) {
      made.classList.add("clamped");
      made.style.webkitLineClamp = part.maxLines;
    }
    if (layout === "vertical" && part.gravity) made.style.marginBlock = part.gravity === "center" ? "auto" : "";
    return made;
  },

  button(phone, part) {
    const made = actor(phone, part.action,
      { class: `flex-button ${part.style ?? "link"} ${part.height ?? "md"}`, lang: tongue(part.action.label) }, part.action.label ?? "");
    if (part.color) made.style[(part.style ?? "link") === "link" ? "color" : "background"] = part.color;
    return made;
  },

  image(phone, part) {
    const [wide, high] = (part.aspectRatio ?? "1:1").split(":");
    const width = part.size === "full" ? "100%" : px(IMAGE, part.size ?? "md");
    return el("div", { class: "flex-image", style: { alignItems: ALIGN[part.align ?? "center"] } },
      el("div", { style: { width, maxWidth: "100%", aspectRatio: `${wide} / ${high}`, background: part.backgroundColor ?? "" } },
        picture(part.url, { style: { objectFit: part.aspectMode === "cover" ? "cover" : "contain" } })));
  },

  icon(phone, part) {
    const [wide, high] = (part.aspectRatio ?? "1:1").split(":");
    const size = px(TEXT, part.size ?? "md");
    return picture(part.url, { class: "flex-icon", style: { height: size, aspectRatio: `${wide} / ${high}` } });
  },

  separator(phone, part, layout) {
    return el("div", { class: `flex-separator ${layout}`, style: { background: part.color ?? "#d8dde3" } });
  },

  filler() {
    return el("div", { class: "filler" });
  },

  video(phone, part) {
    return draw(phone, part.altContent, "vertical");
  },
};

function letters(made, part) {
  const style = made.style;
  if (part.size) style.fontSize = px(TEXT, part.size);
  if (part.color) style.color = part.color;
  if (part.weight === "bold") style.fontWeight = 700;
  if (part.style === "italic") style.fontStyle = "italic";
  if (part.decoration) style.textDecoration = part.decoration;
  return made;
}
