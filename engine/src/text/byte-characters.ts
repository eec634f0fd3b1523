// The 256 characters that stand for bytes in a byte-level vocabulary: GPT-2's table. A printable byte of
// Latin-1 stands for itself, the others for the characters from U+0100 on, so that no token has a space.

const firstStandIn = 0x100;

/** By byte. */
export const byteCharacters: readonly string[] = standIns(); // [256]

function standIns(): string[] {
  let next = firstStandIn;
  return Array.from({ length: 256 }, (_, byte) =>
    String.fromCharCode(isPrintable(byte) ? byte : next++),
  );
}

/** The soft hyphen, 0xAD, is not. */
function isPrintable(byte: number): boolean {
  return (byte > 0x20 && byte < 0x7f) || (byte > 0xa0 && byte !== 0xad);
}
