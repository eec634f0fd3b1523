// Figures for people.

/** 3.2 -> "3.2 s", 75 -> "1:15". */
export function formatSeconds(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

/** 0:03 -- the form of players. */
export function formatClock(seconds: number): string {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

/** 84 -> "84 ms", 1430 -> "1.43 s". */
export function formatMs(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(2)} s`;
}

/** 12.4 -> "12×", 1.234 -> "1.2×". */
export function formatFactor(factor: number): string {
  return `${factor >= 10 ? Math.round(factor) : factor.toFixed(1)}×`;
}

/** "14:03" today, else "21 Nov, 14:03", in the reader's own language. */
export function formatDate(date: Date, now: Date): string {
  const time = date.toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit" });
  if (date.toDateString() === now.toDateString()) return time;
  return `${date.toLocaleDateString(undefined, { day: "numeric", month: "short" })}, ${time}`;
}

const byteUnits = ["bytes", "kB", "MB", "GB", "TB"] as const;

/** 812_000_000 -> "812 MB", 1_930_000_000 -> "1.9 GB"; the units of disks and networks. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  // Not 1000: 999.6 would be shown as 1000.
  while (value >= 999.5 && unit < byteUnits.length - 1) {
    value /= 1000;
    unit++;
  }
  const digits = unit >= 3 && value < 99.95 ? 1 : 0;
  return `${value.toFixed(digits)} ${byteUnits[unit]}`;
}

/** 45 -> "45 s", 130 -> "2 min", 4000 -> "1 h 7 min". */
export function formatWait(seconds: number): string {
  if (seconds < 59.5) return `${Math.max(1, Math.round(seconds))} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

export function count(value: number, singular: string, plural = `${singular}s`): string {
  return `${value.toLocaleString()} ${value === 1 ? singular : plural}`;
}
