// One model's place in the pool: where it is between the disk and memory, who uses it and who waits for it. Decides
// nothing.

/** What the pool must know of a model. */
export interface PoolModel {
  /** For messages. */
  readonly id: string;
  /** What it takes when it is loaded and busy: an estimate, or what was measured. */
  readonly needBytes: number;
  /** The same while it is loaded. */
  readonly heldBytes: number;
  /** Resolves when it can speak; leaves nothing behind when it rejects. */
  load(): Promise<void>;
  /** Resolves when its memory is free. */
  unload(): Promise<void>;
}

export type Waiter = { grant: () => void; refuse: (error: Error) => void };

export class Member {
  readonly model: PoolModel;
  phase: "out" | "loading" | "in" | "leaving" = "out";
  users = 0;
  /** Counts up with each lease of any model. */
  lastUse = 0;
  /** It takes no new requests and leaves when its requests have ended: for another's sake, or because it was told to. */
  leaves: "never" | "for-room" | "as-told" = "never";
  removed = false;
  readonly waiters: Waiter[] = [];
  readonly outWaiters: (() => void)[] = [];
  idleTimer: NodeJS.Timeout | undefined;

  constructor(model: PoolModel) {
    this.model = model;
  }

  get bytes(): number {
    if (this.phase === "out") return 0;
    return this.phase === "loading" ? this.model.needBytes : this.model.heldBytes;
  }

  get open(): boolean {
    return this.phase === "in" && this.leaves === "never";
  }

  get idle(): boolean {
    return this.phase === "in" && this.users === 0;
  }
}
