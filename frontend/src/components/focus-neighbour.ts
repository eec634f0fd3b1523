// Keeps the keyboard's place in a list when one of its items goes away. In: the button, the last of its
// item, that removes the item. Knows no React.

/** Gives the focus, which would be lost with the item, to the same button of the item beside it. */
export function focusNeighbour(button: HTMLElement): void {
  const item = button.closest("li");
  const neighbour = item?.nextElementSibling ?? item?.previousElementSibling;
  [...(neighbour?.querySelectorAll("button") ?? [])].at(-1)?.focus();
}
