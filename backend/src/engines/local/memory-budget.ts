// How much memory all models may have together, where nobody says it. In: the machine, or the container. Out: bytes.
import { totalmem } from "node:os";

/** The rest is for the server, the system, and the files that the system keeps in memory. */
const share = 0.75;

export function machineBudgetBytes(): number {
  const limit = process.constrainedMemory(); // a container's; 0 or a huge number without one
  const total = totalmem();
  return Math.floor(share * (limit > 0 && limit < total ? limit : total));
}
