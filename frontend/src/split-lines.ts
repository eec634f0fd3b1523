// Bytes in any pieces to lines of text. A line may be tens of megabytes (a clip in base64), so its
// pieces are joined once, when its end is there.

export async function* splitLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let pieces: string[] = [];
  for await (const chunk of chunks) {
    const [first = "", ...rest] = decoder.decode(chunk, { stream: true }).split("\n");
    pieces.push(first);
    for (const next of rest) {
      const line = pieces.join("");
      pieces = [next];
      if (line.trim() !== "") yield line;
    }
  }
  const line = pieces.join("") + decoder.decode();
  if (line.trim() !== "") yield line;
}
