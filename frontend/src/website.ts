/** `<belfabriek-status>`: who can be called now, on any website. Served by the link itself. */

import { Feed } from "./website-feed";
import { view, type Line } from "./website-view";
import { fill, languageOf, wordsIn } from "./website-words";

const NAME = "belfabriek-status";
const SCRIPT = /\?format=js\b/;
/** Only now: it is gone when the elements are made. */
const OWN = (document.currentScript as HTMLScriptElement | null)?.src ?? "";
const css = String.raw;
const feeds = new Map<string, Feed>();

const STYLES = css`
  :host {
    display: inline-flex;
    flex-wrap: wrap;
    gap: 0.25em 0.6em;
    align-items: baseline;
    min-height: 1.5em;
    line-height: 1.5;
    vertical-align: middle;
  }
  :host([hidden]) {
    display: none;
  }
  [part="list"] {
    flex-basis: 100%;
  }
  .line {
    display: flex;
    column-gap: 0.6em;
    align-items: baseline;
  }
  [part="name"]:empty {
    display: none;
  }
  [part="dot"] {
    align-self: start;
    flex: none;
    width: 0.75em;
    height: 0.75em;
    /* In the middle of the first line. */
    margin-top: 0.375em;
    border-radius: 50%;
    background: var(--belfabriek-away, #616161);
  }
  .ready > [part="dot"] {
    background: var(--belfabriek-ready, #2e7d32);
  }
  .busy > [part="dot"] {
    background: var(--belfabriek-busy, #c62828);
  }
  [part="name"] {
    font-weight: 600;
  }
  a {
    color: inherit;
    font-weight: 600;
  }
`;

const sheet = new CSSStyleSheet();
sheet.replaceSync(STYLES);

function make<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Record<string, string>,
  ...children: HTMLElement[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

/** Screen readers read what changes: nothing else may. */
function setText(element: Element | null, text: string): void {
  if (element && element.textContent !== text) {
    element.textContent = text;
  }
}

class BelfabriekStatus extends HTMLElement {
  static readonly observedAttributes = ["fallback", "lang", "name", "show", "src", "tel", "texts"];
  private readonly root = this.attachShadow({ mode: "open" });
  private readonly content = make("div", {});
  private readonly call = make("a", { part: "call" });
  private feed: Feed | undefined;

  constructor() {
    super();
    this.root.adoptedStyleSheets = [sheet];
    // Until there is an answer: what the page shows without this script.
    this.root.append(make("slot", {}));
  }

  connectedCallback(): void {
    const link = this.link();
    if (!feeds.has(link)) {
      feeds.set(link, new Feed(link));
    }
    this.feed = feeds.get(link);
    this.feed?.add(this.render);
    this.render();
  }

  disconnectedCallback(): void {
    this.feed?.remove(this.render);
    this.feed = undefined;
  }

  attributeChangedCallback(name: string): void {
    if (!this.feed) {
      return;
    }
    if (name === "src") {
      this.disconnectedCallback();
      this.connectedCallback();
    }
    this.render();
  }

  /** The link in `src`, or that of the script before this element. */
  private link(): string {
    const before = [...document.scripts].filter(
      (each) =>
        SCRIPT.test(each.src) &&
        each.compareDocumentPosition(this) & Node.DOCUMENT_POSITION_FOLLOWING,
    );
    const source = this.getAttribute("src") || before.at(-1)?.src || OWN;
    return source.split("?")[0] ?? "";
  }

  private readonly render = (): void => {
    if (!this.feed?.isKnown) {
      return;
    }
    const language = languageOf(
      this.closest("[lang]")?.getAttribute("lang"),
      ...navigator.languages,
    );
    const words = wordsIn(language, this.getAttribute("texts"));
    const { lines, isList, tel } = view(
      this.feed.answer,
      {
        name: this.getAttribute("name"),
        list: this.getAttribute("show") === "list",
        tel: this.getAttribute("tel"),
        fallback: this.getAttribute("fallback"),
      },
      words,
      language,
      Date.now(),
    );
    if (!this.content.isConnected) {
      this.root.replaceChildren(this.content, this.call);
    }
    this.content.setAttribute("role", isList ? "list" : "status");
    this.content.setAttribute("aria-live", "polite");
    this.content.setAttribute("part", isList ? "list" : "status");
    while (this.content.childElementCount > lines.length) {
      this.content.lastElementChild?.remove();
    }
    lines.forEach((line, index) => {
      this.renderLine(line, index, isList);
    });
    this.call.hidden = !tel;
    if (tel) {
      this.call.href = `tel:${tel.replace("(0)", "").replace(/[^\d+*#]/g, "")}`;
      this.call.ariaLabel = fill(words.call, { tel });
      setText(this.call, tel);
    }
  };

  private renderLine({ status, who, text }: Line, index: number, isList: boolean): void {
    const line =
      this.content.children[index] ??
      this.content.appendChild(
        make(
          "div",
          {},
          make("span", { part: "dot" }),
          make("span", { part: "name" }),
          make("span", { part: "text" }),
        ),
      );
    line.className = `line ${status}`;
    if (isList) {
      line.setAttribute("role", "listitem");
    } else {
      line.removeAttribute("role");
    }
    setText(line.children[1] ?? null, who ?? "");
    setText(line.children[2] ?? null, text);
  }
}

// A page with two accounts has the script twice.
if (!customElements.get(NAME)) {
  customElements.define(NAME, BelfabriekStatus);
}
