/** The element of the page with this id. */
export function element<E extends HTMLElement>(id: string, type: new () => E): E {
  const found = document.getElementById(id);
  if (!(found instanceof type)) throw new Error(`The page has no ${type.name} #${id}.`);
  return found;
}

/** Fills a list to choose from with pairs of value and text. */
export function listOptions(list: HTMLSelectElement, options: [value: string, text: string][]): void {
  list.replaceChildren(...options.map(([value, text]) => new Option(text, value)));
}

/** Fills a list with buttons of a text and its details. */
export function listEntries(list: HTMLOListElement, entries: [text: string, details: string, onClick: () => void][]): void {
  list.replaceChildren(
    ...entries.map(([text, details, onClick]) => {
      const button = document.createElement("button");
      const small = document.createElement("small");
      small.textContent = details;
      button.append(text, small);
      button.addEventListener("click", onClick);
      const entry = document.createElement("li");
      entry.append(button);
      return entry;
    }),
  );
}

/** Does this when the form is submitted; it cannot be again before that is done. */
export function onSubmit(form: HTMLFormElement, work: () => Promise<void>): void {
  const button = form.querySelector("button");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (button) button.disabled = true;
    void work().finally(() => button && (button.disabled = false));
  });
}
