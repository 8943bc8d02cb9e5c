// Small things that scripts add to parts of a page: copying an id, closing a question that was asked.

const COPIED_MS = 1_200;

async function copy(element: HTMLElement): Promise<void> {
  await navigator.clipboard.writeText(element.dataset["copy"] ?? "");
  element.classList.add("copied");
  setTimeout(() => element.classList.remove("copied"), COPIED_MS);
}

/** Makes the marked parts below `root` work; a part that has been made to work is left alone. */
export function enhance(root: ParentNode): void {
  for (const element of root.querySelectorAll<HTMLElement>("[data-copy]:not([data-ready])")) {
    element.dataset["ready"] = "";
    element.hidden = false;
    // A link's id leads there by a click; it is copied whole by copying the selection.
    if (element.closest("a") === null) element.addEventListener("click", () => void copy(element));
  }
  for (const button of root.querySelectorAll<HTMLElement>("[data-close]:not([data-ready])")) {
    button.dataset["ready"] = "";
    button.hidden = false;
    button.addEventListener("click", () => {
      const details = button.closest("details");
      if (details === null) return;
      details.open = false;
      details.querySelector("summary")?.focus();
    });
  }
}

// A selection that begins and ends within one shortened id means the whole id.
document.addEventListener("copy", (event) => {
  const selection = document.getSelection();
  const anchor = selection?.anchorNode?.parentElement?.closest<HTMLElement>("[data-copy]");
  const focus = selection?.focusNode?.parentElement?.closest<HTMLElement>("[data-copy]");
  if (!anchor || anchor !== focus || selection?.isCollapsed) return;
  event.clipboardData?.setData("text/plain", anchor.dataset["copy"] ?? "");
  event.preventDefault();
});
