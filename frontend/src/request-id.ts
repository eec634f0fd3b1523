// A UUID for each request, made here so that the page can ask for a request that still waits.

/** Version 4. `crypto.randomUUID` is missing on plain http, `getRandomValues` is not. */
export function newRequestId(): string {
  if ("randomUUID" in crypto) return crypto.randomUUID();
  return uuidFromRandom(getRandomBytes());
}

function getRandomBytes(): Uint8Array {
  return globalThis.crypto.getRandomValues(new Uint8Array(16));
}

/** Sixteen random bytes as a version 4 UUID. */
export function uuidFromRandom(bytes: Uint8Array): string {
  const stamped = Uint8Array.from(bytes);
  stamped[6] = (stamped[6]! & 0x0f) | 0x40;
  stamped[8] = (stamped[8]! & 0x3f) | 0x80;
  const hex = Array.from(stamped, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
