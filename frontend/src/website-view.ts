/** What the website widget shows for an answer. */

import { fill, type Words } from "./website-words";

type Status = "ready" | "busy" | "away" | null;

/** The JSON of the link. */
export interface Answer {
  version: number;
  ready_count: number | null;
  status: Status;
  open: boolean | null;
  opens_at: string | null;
  tel: string | null;
  interval: number;
  extensions: { name: string; status: Status }[];
}

export interface Settings {
  /** Show this person. */
  name?: string | null;
  /** Show everybody who is named. */
  list: boolean;
  /** The number to call; by default, that of the team is in the answer. */
  tel?: string | null;
  /** Show the team while the person is not ready; if it is not empty, with this number. */
  fallback?: string | null;
}

/** One line: a status, and who has it. */
export interface Line {
  status: NonNullable<Status> | "closed" | "unknown";
  who?: string;
  text: string;
}

export interface View {
  lines: Line[];
  isList: boolean;
  /** A number to call now. */
  tel: string;
}

const DAY = 86_400_000;

/** Return what to show; without an answer, that nothing is known. */
export function view(
  answer: Answer | undefined,
  { name, list, tel, fallback }: Settings,
  words: Words,
  language: string,
  now: number,
): View {
  const only = (status: Line["status"], text: string): View => ({
    lines: [{ status, text }],
    isList: false,
    tel: status === "ready" ? ((name == null ? (tel ?? answer?.tel) : tel) ?? "") : "",
  });
  if (!answer) {
    return only("unknown", words.unknown);
  }
  if (answer.open === false) {
    const time = answer.opens_at && openingTime(answer.opens_at, language, now);
    return only("closed", time ? fill(words.opens, { time }) : words.closed);
  }
  const status = answer.status ?? "unknown";
  const team = only(status, fill(words[status], { count: String(answer.ready_count ?? "") }));
  const people = answer.extensions.map((each): Line => {
    const status = each.status ?? "unknown";
    return { status, who: each.name, text: words[`person_${status}`] };
  });
  if (list) {
    return people.length ? { ...team, lines: people, isList: true } : team;
  }
  if (name == null) {
    return team;
  }
  const person = people.find(({ who }) => folded(who ?? "") === folded(name)) ?? {
    status: "unknown",
    who: name,
    text: words.person_unknown,
  };
  if (person.status === "ready" || fallback == null) {
    return { lines: [person], isList: false, tel: person.status === "ready" ? tel || "" : "" };
  }
  return { ...team, lines: [person, ...team.lines], tel: team.tel && (fallback || team.tel) };
}

/** The same for every Unicode form and case. */
const folded = (name: string): string => name.normalize("NFKC").toLowerCase().trim();

/** Return "Monday 9:00", as the clocks of the house show it then. */
export function openingTime(opensAt: string, language: string, now: number): string {
  const local = Date.parse(`${opensAt.slice(0, 19)}Z`);
  const offset = local - Date.parse(opensAt);
  if (Number.isNaN(offset)) {
    return "";
  }
  const format = (options: Intl.DateTimeFormatOptions): string =>
    new Intl.DateTimeFormat(language, { ...options, timeZone: "UTC" }).format(local);
  const days = Math.floor(local / DAY) - Math.floor((now + offset) / DAY);
  const day =
    days === 0
      ? new Intl.RelativeTimeFormat(language, { numeric: "auto" }).format(0, "day")
      : format(
          days > 0 && days < 7
            ? { weekday: "long" }
            : { weekday: "long", day: "numeric", month: "long" },
        );
  return `${day} ${format({ hour: "numeric", minute: "2-digit" })}`;
}
