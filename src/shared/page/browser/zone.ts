// Tells the server the reader's zone, by a cookie, and writes the times of this page anew if the server did not know it.

const YEAR_SECONDS = 31_536_000;

const STYLES: Record<string, Intl.DateTimeFormatOptions> = {
  time: { hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
  clock: { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" },
  date: { day: "numeric", month: "short", year: "numeric" },
};

function written(at: Date, style: string, locale: string): string {
  const format = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(locale, options).format(at);
  const text = format(STYLES[style] ?? {});
  if (style !== "time" || at.toDateString() === new Date().toDateString()) return text;
  const year = at.getFullYear() === new Date().getFullYear() ? {} : { year: "numeric" as const };
  return `${format({ day: "numeric", month: "short", ...year })}, ${text}`;
}

/** Sets the cookie `sluice-zone`; the next page comes in that zone. */
export function tellZone(): void {
  const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();
  const root = document.documentElement;
  if (!timeZone || root.dataset["zone"] === timeZone) return;
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `sluice-zone=${timeZone}; Path=/; Max-Age=${YEAR_SECONDS}; SameSite=Lax${secure}`;
  const locale = root.lang === "pt-BR" ? "pt-BR" : "en-GB";
  for (const time of document.querySelectorAll<HTMLTimeElement>("time[data-time]")) {
    time.textContent = written(new Date(time.dateTime), time.dataset["time"] ?? "time", locale);
  }
}
