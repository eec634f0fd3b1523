// Messages on a pipe between the server and a host. In: objects. Out: bytes, and back: four bytes of
// length, then the structured clone. Not Node's own IPC channel: bytes that it cannot read throw an
// uncaught exception in the reader, and a host gone wrong must not take the server down. A frame of
// audio costs the same on either (docs/log.md).
import { deserialize, serialize } from "node:v8";

const lengthBytes = 4;
/** No message comes near it: more is garbage. */
const maxMessageBytes = 64 * 1024 * 1024;

export function encodeMessage(message: object): Buffer {
  const body = serialize(message);
  const bytes = Buffer.allocUnsafe(lengthBytes + body.length);
  bytes.writeUInt32LE(body.length);
  body.copy(bytes, lengthBytes);
  return bytes;
}

/** Takes pieces of the byte stream and gives the messages that they complete. */
export class MessageReader {
  #pieces: Buffer[] = [];
  #bytes = 0;
  #needed = lengthBytes;
  #inBody = false;

  /** @throws Error when the bytes are no messages; the stream cannot be read any further then */
  push(piece: Buffer): unknown[] {
    const messages: unknown[] = [];
    this.#pieces.push(piece);
    this.#bytes += piece.length;
    while (this.#bytes >= this.#needed) {
      const part = this.#shift(this.#needed);
      if (this.#inBody) messages.push(deserialize(part));
      this.#needed = this.#inBody ? lengthBytes : bodyLength(part);
      this.#inBody = !this.#inBody;
    }
    return messages;
  }

  #shift(bytes: number): Buffer {
    const all = this.#pieces.length === 1 ? this.#pieces[0]! : Buffer.concat(this.#pieces);
    this.#pieces = [all.subarray(bytes)];
    this.#bytes -= bytes;
    return all.subarray(0, bytes);
  }
}

function bodyLength(part: Buffer): number {
  const length = part.readUInt32LE();
  if (length > maxMessageBytes) throw new Error(`A message of ${length} bytes is too long.`);
  return length;
}
