// What is said of a model on its way, for React.
import { useState } from "react";
import type { HealthResponse } from "qwen-tts/protocol";
import { nextArrival, noArrival } from "../models/arrival.ts";
import type { Arrival } from "../models/arrival.ts";

/** Returns what to say, and how to take a takeover as read. */
export function useArrival(health: HealthResponse | null): [Arrival, () => void] {
  const [seen, setSeen] = useState<{ health: HealthResponse | null; arrival: Arrival }>({
    health: null,
    arrival: noArrival,
  });
  if (health && seen.health !== health) {
    const arrival = nextArrival(seen.arrival, seen.health?.engine, health);
    setSeen({ health, arrival });
    return [arrival, () => undefined];
  }
  return [seen.arrival, () => setSeen({ health, arrival: noArrival })];
}
