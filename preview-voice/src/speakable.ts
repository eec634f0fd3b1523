// Text as people write it in, SSML that eSpeak NG only speaks out. Nothing in the text is obeyed: no
// markup, no phoneme codes, no control characters. Knows nothing of languages or of segments.

/** Half and full width forms ("ＡＢＣ", "ｱ"), which eSpeak NG spells out by name. */
const widthForms = /[\uff01-\uffee]+/gu;
/** Joiners, direction marks, soft hyphens: they have no sound and may stand inside a word. */
const invisible = /\p{Cf}/gu;
/**
 * Controls (eSpeak NG takes commands after U+0001), private use (its own stand-ins for escaped markup),
 * lone surrogates, unassigned characters, line ends.
 */
const unspeakable = /[\p{Cc}\p{Cs}\p{Co}\p{Cn}\p{Z}]+/gu;
const hasSound = /[\p{L}\p{N}\p{S}%#@&*/\\_]/u;

/** The text with everything taken out that has no sound, on one line. */
export function clean(text: string): string {
  return text
    .replace(widthForms, (forms) => forms.normalize("NFKC"))
    .replace(invisible, "")
    .replace(unspeakable, " ")
    .trim();
}

/** Whether there is something to say: letters, digits or symbols, not only punctuation. */
export function isSpeakable(cleanText: string): boolean {
  return hasSound.test(cleanText);
}

/** Escape what eSpeak NG would obey: SSML, and phoneme codes between double brackets. */
export function toSsml(cleanText: string): string {
  return cleanText
    .replaceAll("[", "(")
    .replaceAll("]", ")")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;");
}
