// Which clips of the history must go so that it stays within its bounds: the oldest first.

export const historyBounds = { clips: 50, bytes: 200_000_000 } as const;

export type ClipSize = { id: string; createdAt: number; bytes: number };

/** Ids to delete. The newest clip stays, whatever its size. */
export function clipsToDrop(
  clips: ClipSize[],
  bounds: { clips: number; bytes: number } = historyBounds,
): string[] {
  const newestFirst = clips.toSorted((a, b) => b.createdAt - a.createdAt);
  let bytes = 0;
  return newestFirst
    .filter((clip, place) => {
      bytes += clip.bytes;
      return place > 0 && (place >= bounds.clips || bytes > bounds.bytes);
    })
    .map(({ id }) => id);
}
