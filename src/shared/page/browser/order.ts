// Moves the lines of an ordered list in place, by their buttons or by dragging. The server's way does the same with pages.

function lines(list: HTMLElement): HTMLElement[] {
  return [...list.querySelectorAll<HTMLElement>("li:not(.names)")];
}

function settle(box: HTMLElement, list: HTMLElement): void {
  const all = lines(list);
  const ids = all.map((line) => line.querySelector<HTMLInputElement>("input[name=order]")?.value ?? "");
  const value = box.querySelector<HTMLInputElement>("[data-order-value]");
  if (value !== null) value.value = ids.join(",");
  for (const [i, line] of all.entries()) {
    const [up, down] = line.querySelectorAll<HTMLButtonElement>("button[name=move]");
    if (up !== undefined) up.disabled = i === 0;
    if (down !== undefined) down.disabled = i === all.length - 1;
  }
}

function moved(line: HTMLElement, direction: string): void {
  if (direction === "up") line.previousElementSibling?.before(line);
  else line.nextElementSibling?.after(line);
}

/** Makes every ordered list below `root` movable. */
export function enhanceOrders(root: ParentNode): void {
  for (const box of root.querySelectorAll<HTMLElement>("[data-order]:not([data-ready])")) {
    const list = box.querySelector<HTMLElement>(".order");
    if (list === null) continue;
    box.dataset["ready"] = "";
    list.addEventListener("click", (event) => {
      const button = (event.target as HTMLElement).closest<HTMLButtonElement>("button[name=move]");
      const line = button?.closest("li");
      if (!button || !line) return;
      event.preventDefault();
      moved(line, button.value.endsWith(" up") ? "up" : "down");
      settle(box, list);
      // The pressed button may have become the end of the list.
      (button.disabled ? line.querySelector<HTMLButtonElement>("button:not(:disabled)") : button)?.focus();
    });
    let dragged: HTMLElement | null = null;
    for (const line of lines(list)) {
      line.draggable = true;
      line.addEventListener("dragstart", () => (dragged = line));
      line.addEventListener("dragover", (event) => {
        if (dragged === null || dragged === line) return;
        event.preventDefault();
        const { top, height } = line.getBoundingClientRect();
        if (event.clientY < top + height / 2) line.before(dragged);
        else line.after(dragged);
      });
      line.addEventListener("dragend", () => {
        dragged = null;
        settle(box, list);
      });
    }
  }
}
