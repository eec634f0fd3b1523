// What somebody sent, for a message about it: as much as a person needs to see which value is meant.

const shown = 40;

export function shorten(text: string): string {
  const characters = [...text];
  return characters.length <= shown ? text : `${characters.slice(0, shown).join("")}…`;
}
