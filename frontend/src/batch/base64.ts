// Base64 to bytes, in slices: a clip may be tens of megabytes, and `atob` makes a string of it.

/** A multiple of four, so that each slice stands for whole bytes. */
const sliceChars = 1 << 20;

export function bytesFromBase64(text: string): Uint8Array<ArrayBuffer> {
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  const bytes = new Uint8Array((text.length / 4) * 3 - padding);
  let at = 0;
  for (let from = 0; from < text.length; from += sliceChars) {
    const binary = atob(text.slice(from, from + sliceChars));
    for (let i = 0; i < binary.length; i++) bytes[at++] = binary.charCodeAt(i);
  }
  return bytes;
}
