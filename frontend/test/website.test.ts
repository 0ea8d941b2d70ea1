import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Feed } from "../src/website-feed";
import { openingTime, view, type Answer, type Settings } from "../src/website-view";
import { languageOf, wordsIn } from "../src/website-words";

const NOW = Date.parse("2026-11-14T10:00:00+01:00"); // a Saturday
const LANGUAGES = ["en", "nl", "de", "fr"];
const ANSWER: Answer = {
  version: 1,
  ready_count: 2,
  status: "ready",
  open: null,
  opens_at: null,
  tel: null,
  interval: 10,
  extensions: [
    { name: "Zoë", status: "busy" },
    { name: "Ben", status: "ready" },
    { name: "Cas", status: null },
  ],
};
const CLOSED: Answer = {
  ...ANSWER,
  status: "away",
  open: false,
  opens_at: "2026-11-16T09:00:00+01:00",
};

const shown = (answer: Answer | undefined, settings: Partial<Settings> = {}, texts?: string) =>
  view(answer, { list: false, ...settings }, wordsIn("en", texts ?? null), "en-GB", NOW);

const said = (answer: Answer | undefined, settings: Partial<Settings> = {}, texts?: string) => {
  const { lines, tel } = shown(answer, settings, texts);
  return [...lines.map(({ who, text }) => (who ? `${who}: ${text}` : text)), tel].filter(Boolean);
};

describe("view", () => {
  it("shows a number only while the team is ready", () => {
    const tel = "020 123 45 67";
    expect(said(ANSWER, { tel })).toEqual(["You can call us now", tel]);
    for (const status of ["busy", "away", null] as const) {
      expect(said({ ...ANSWER, status }, { tel })).toHaveLength(1);
    }
    expect(said(CLOSED, { tel })).toEqual(["Open again Monday 9:00"]);
    expect(said(undefined, { tel })).toEqual(["Not known right now"]);
  });

  it("shows the number of the answer for the team, unless the element has another", () => {
    const answer = { ...ANSWER, tel: "1" };
    expect(said(answer)).toEqual(["You can call us now", "1"]);
    expect(said(answer, { tel: "2" }).at(-1)).toBe("2");
    expect(said(answer, { tel: "" })).toHaveLength(1);
    expect(said({ ...answer, status: "busy" })).toHaveLength(1);
    expect(said(answer, { name: "Ben" })).toEqual(["Ben: ready"]);
  });

  it("shows one person, found in any form and case", () => {
    expect(said(ANSWER, { name: "ZOE\u0308 " })).toEqual(["Zoë: busy"]);
    expect(said(ANSWER, { name: "ben", tel: "1" })).toEqual(["Ben: ready", "1"]);
    expect(said(ANSWER, { name: "Cas" })).toEqual(["Cas: unknown"]);
    expect(said(ANSWER, { name: "Nobody", tel: "1" })).toEqual(["Nobody: unknown"]);
  });

  it("falls back to the team only where it says so", () => {
    const team = "You can call us now";
    expect(said(ANSWER, { name: "Zoë", tel: "1" })).toEqual(["Zoë: busy"]);
    expect(said(ANSWER, { name: "Zoë", tel: "1", fallback: "" })).toEqual(["Zoë: busy", team, "1"]);
    expect(said(ANSWER, { name: "Zoë", fallback: "2" })).toEqual(["Zoë: busy", team]);
    expect(said(ANSWER, { name: "Zoë", tel: "1", fallback: "2" }).at(-1)).toBe("2");
    expect(said(ANSWER, { name: "Ben", tel: "1", fallback: "2" })).toEqual(["Ben: ready", "1"]);
  });

  it("lists everybody who is named, or shows the team", () => {
    expect(said(ANSWER, { list: true })).toEqual(["Zoë: busy", "Ben: ready", "Cas: unknown"]);
    expect(shown(ANSWER, { list: true }).isList).toBe(true);
    expect(said({ ...ANSWER, extensions: [] }, { list: true })).toEqual(["You can call us now"]);
    expect(said(CLOSED, { list: true })).toEqual(["Open again Monday 9:00"]);
  });

  it("says that it is closed if the time is not known", () => {
    expect(said({ ...CLOSED, opens_at: null })).toEqual(["We are closed"]);
    expect(said({ ...CLOSED, opens_at: "soon" })).toEqual(["We are closed"]);
  });

  it("uses the texts of the page", () => {
    expect(said(ANSWER, {}, '{"ready":"{count} of us are free {x}"}')).toEqual([
      "2 of us are free {x}",
    ]);
    expect(said(CLOSED, {}, '{"opens":"See you {time}"}')).toEqual(["See you Monday 9:00"]);
    expect(said(ANSWER, { name: "Ben" }, '{"person_ready":"free"}')).toEqual(["Ben: free"]);
    for (const hostile of ["{", "1", "null", "[]", '{"ready":5}', '{"__proto__":{"ready":"x"}}']) {
      expect(said(ANSWER, {}, hostile)).toEqual(["You can call us now"]);
    }
  });

  it.each(LANGUAGES)("has a text for everything in %s", (language) => {
    const words = wordsIn(language, null);
    expect(Object.values(words).every(Boolean)).toBe(true);
    expect(words.opens).toContain("{time}");
    expect(words.call).toContain("{tel}");
  });
});

describe("openingTime", () => {
  it.each([
    ["2026-11-16T09:00:00+01:00", "en-GB", "Monday 9:00"],
    ["2026-11-16T09:00:00+01:00", "en", "Monday 9:00 AM"],
    ["2026-11-16T09:00:00+01:00", "nl", "maandag 9:00"],
    ["2026-11-16T09:00:00+01:00", "de", "Montag 9:00"],
    ["2026-11-16T09:00:00+01:00", "fr", "lundi 9:00"],
    ["2026-11-14T13:30:00+01:00", "nl", "vandaag 13:30"],
    ["2026-11-14T13:30:00+01:00", "en-GB", "today 13:30"],
    ["2026-11-23T09:00:00+01:00", "nl", "maandag 23 november 9:00"],
    // The clocks of the house, wherever the visitor is.
    ["2026-11-15T00:30:00+14:00", "nl", "zondag 0:30"],
    ["soon", "nl", ""],
  ])("shows %s in %s as %s", (opensAt, language, text) => {
    expect(openingTime(opensAt, language, NOW)).toBe(text);
  });
});

describe("languageOf", () => {
  it.each([
    [["nl-BE", "en"], "nl-BE"],
    [["pl", "de"], "de"],
    [[null, undefined, "pl"], "en"],
    [["en-", "nl_NL", "fr"], "fr"],
  ])("takes the first of %j that there is", (asked, language) => {
    expect(languageOf(...asked)).toBe(language);
  });
});

describe("Feed", () => {
  const page = Object.assign(new EventTarget(), { hidden: false });
  const answers: (Answer | string | Error)[] = [];
  const fetched = vi.fn<(link: string, options: RequestInit) => Promise<Response>>(() => {
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    return answer instanceof Error
      ? Promise.reject(answer)
      : Promise.resolve(new Response(typeof answer === "string" ? answer : JSON.stringify(answer)));
  });
  const listener = vi.fn();
  let feed: Feed;

  const start = (...all: typeof answers) => {
    answers.splice(0, answers.length, ...all);
    feed = new Feed("https://home/link");
    feed.add(listener);
    return pass(0);
  };
  const pass = (seconds: number) => vi.advanceTimersByTimeAsync(seconds * 1000);
  const show = (visible: boolean) => {
    page.hidden = !visible;
    page.dispatchEvent(new Event("visibilitychange"));
    return pass(0);
  };

  beforeEach(() => {
    vi.useFakeTimers();
    vi.stubGlobal("document", page);
    vi.stubGlobal("fetch", fetched);
    page.hidden = false;
    fetched.mockClear();
    listener.mockClear();
  });
  afterEach(() => {
    feed.remove(listener);
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  it("reads at the interval of the answer, without cookies and referrer", async () => {
    await start({ ...ANSWER, interval: 20 });
    expect(feed.answer?.status).toBe("ready");
    expect(fetched.mock.calls[0]?.[1]).toMatchObject({
      credentials: "omit",
      referrerPolicy: "no-referrer",
    });
    expect(fetched.mock.calls[0]?.[1].headers).toBeUndefined();
    await pass(19);
    expect(fetched).toHaveBeenCalledTimes(1);
    await pass(1);
    expect(fetched).toHaveBeenCalledTimes(2);
    await pass(600);
    expect(fetched).toHaveBeenCalledTimes(32);
  });

  it.each([0, -5, 0.001, NaN])(
    "reads at most every five seconds for an interval of %s",
    async (interval) => {
      await start({ ...ANSWER, interval });
      await pass(60);
      expect(fetched.mock.calls.length).toBeLessThanOrEqual(13);
    },
  );

  it.each([
    ["an empty answer", ""],
    ["a web page", "<html>"],
    ["another version", '{"version":2}'],
    ["null", "null"],
    ["no connection", new TypeError("Failed to fetch")],
  ])("knows nothing after %s, backs off, and heals", async (_, failure) => {
    await start(ANSWER, failure);
    await pass(10);
    expect(feed.answer).toBeDefined();
    await pass(10);
    expect(feed.answer).toBeUndefined();
    fetched.mockClear();
    await pass(600);
    expect(fetched.mock.calls.length).toBeLessThanOrEqual(16);
    answers[0] = ANSWER;
    await pass(60);
    expect(feed.answer).toEqual(ANSWER);
  });

  it("reads nothing while the page is hidden, and at once when it is shown", async () => {
    await start(ANSWER);
    await show(false);
    await pass(3600);
    expect(fetched).toHaveBeenCalledTimes(1);
    answers[0] = new TypeError("offline");
    await show(true);
    expect(fetched).toHaveBeenCalledTimes(2);
    expect(feed.answer).toBeUndefined();
  });

  it("reads once for two elements, and nothing after the last is gone", async () => {
    await start(ANSWER);
    const other = vi.fn();
    feed.add(other);
    feed.remove(other);
    await pass(10);
    expect(fetched).toHaveBeenCalledTimes(2);
    feed.remove(listener);
    await pass(3600);
    await show(false);
    await show(true);
    expect(fetched).toHaveBeenCalledTimes(2);
  });
});
