// Files that leave the page: their names, and the click that saves them.

const longestName = 40;

/** "Hello world!", "Ryan" -> "ryan-hello-world-20261123-0942.wav", in the time of this place. */
export function clipFileName(text: string, speaker: string, date: Date): string {
  const words = slug(text).slice(0, longestName).replace(/-+$/, "");
  const two = (value: number) => String(value).padStart(2, "0");
  const day = `${date.getFullYear()}${two(date.getMonth() + 1)}${two(date.getDate())}`;
  const time = `${two(date.getHours())}${two(date.getMinutes())}`;
  return [slug(speaker), words || "speech", day, time].filter(Boolean).join("-") + ".wav";
}

/** Letters and digits of any script; everything else is a hyphen. */
function slug(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}]+/gu, "-")
    .replace(/^-|-$/g, "");
}

/** Long enough for any browser to have begun the download. */
const revokeAfterMs = 60_000;

export function saveFile(file: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), revokeAfterMs);
}
