// A number that glides to its new value instead of jumping, where the reader has not asked for calm.
import { useEffect, useState } from "react";

const glideMs = 300;

export function useEased(target: number): number {
  const [value, setValue] = useState(target);
  useEffect(() => {
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const startedAt = performance.now();
    let frame = requestAnimationFrame(function glide(now) {
      const left = calm ? 0 : Math.max(0, 1 - (now - startedAt) / glideMs);
      setValue((before) => target + (before - target) * left);
      if (left > 0) frame = requestAnimationFrame(glide);
    });
    return () => cancelAnimationFrame(frame);
  }, [target]);
  return value;
}
