// Asks for the page again every few seconds and exchanges its content, unless the reader is at work in it.

function busy(main: HTMLElement): boolean {
  const active = document.activeElement;
  const typing = active !== null && main.contains(active) && active.matches("input, select, textarea, button, summary");
  const reading = main.querySelector("details[open]:not([data-chart] details)") !== null;
  return typing || reading || !document.getSelection()?.isCollapsed;
}

/** Keeps `main[data-live]` fresh; `then` is given what was exchanged. */
export function keepLive(then: (changed: HTMLElement) => void): void {
  const main = document.querySelector<HTMLElement>("main[data-live]");
  const seconds = Number(main?.dataset["live"]);
  if (main === null || !(seconds > 0)) return;
  const again = async () => {
    if (document.hidden || busy(main)) return;
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    // Signed out, or failing: the page stays as it is, and the next click tells.
    if (!answer.ok || answer.redirected) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("main");
    if (fresh === null || busy(main) || fresh.innerHTML === main.dataset["seen"]) return;
    main.dataset["seen"] = fresh.innerHTML;
    main.replaceChildren(...fresh.childNodes);
    then(main);
  };
  setInterval(() => void again().catch(() => undefined), seconds * 1_000);
}
