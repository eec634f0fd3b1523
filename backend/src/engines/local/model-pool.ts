// Several models in one memory budget. In: requests for a model. Out: a lease on it, once it is loaded. Loads what is
// asked for, in the order in which it was asked for; to make room, models that nobody uses leave first, the least
// recently used before others, and then those that are in use, when their requests have ended: meanwhile new requests
// for them wait in the same queue, so that everybody's turn comes. Knows no processes and no speech.
import { EngineError, formatBytes } from "qwen3-tts";
import { Member, type PoolModel, type Waiter } from "./pool-member.ts";

export type PoolOptions = {
  budgetBytes: number;
  /** Null: a model that nobody uses stays until its memory is needed. */
  idleUnloadSeconds: number | null;
};

/** To be called once the request is over. Calling it twice is harmless. */
export type Release = () => void;

export class ModelPool {
  readonly #options: PoolOptions;
  readonly #members = new Map<PoolModel, Member>();
  /** Models that somebody waits for and that are not loaded yet, the longest wait first. */
  readonly #queue: Member[] = [];
  #uses = 0;
  #closed = false;

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  get usedBytes(): number {
    let sum = 0;
    for (const member of this.#members.values()) sum += member.bytes;
    return sum;
  }

  add(model: PoolModel): void {
    this.#members.set(model, new Member(model));
  }

  /** @throws EngineError if it is too large for any budget of this pool, or cannot be loaded */
  async acquire(model: PoolModel, signal: AbortSignal): Promise<Release> {
    const member = this.#member(model);
    signal.throwIfAborted();
    if (!member.open) await this.#wait(member, signal);
    else this.#use(member);
    let released = false;
    return () => {
      if (!released) this.#release(member);
      released = true;
    };
  }

  /** Resolves when its memory is free. Running requests end first; the next one loads it again. */
  async unload(model: PoolModel): Promise<void> {
    await this.#unload(this.#member(model));
  }

  /** As `unload`; who waits for it is refused. */
  async remove(model: PoolModel): Promise<void> {
    const member = this.#member(model);
    member.removed = true;
    this.#refuse(member, gone(model));
    await this.#unload(member);
    this.#members.delete(model);
  }

  /** It died for good: what it had is free as soon as its process is gone. */
  lost(model: PoolModel): void {
    const member = this.#members.get(model);
    if (member?.phase === "in") this.#leave(member);
  }

  /** Somebody's memory has changed. */
  refresh(): void {
    this.#pump();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const members = [...this.#members.values()];
    for (const member of members) {
      clearTimeout(member.idleTimer);
      this.#refuse(member, closed());
    }
    await Promise.all(members.map(({ model }) => model.unload()));
  }

  async #unload(member: Member): Promise<void> {
    if (member.phase === "out") return;
    const out = new Promise<void>((resolve) => member.outWaiters.push(resolve));
    if (member.phase !== "leaving") member.leaves = "as-told";
    if (member.idle) this.#leave(member);
    await out;
  }

  #member(model: PoolModel): Member {
    if (this.#closed) throw closed();
    const member = this.#members.get(model);
    if (!member || member.removed) throw gone(model);
    return member;
  }

  async #wait(member: Member, signal: AbortSignal): Promise<void> {
    if (member.phase === "out") this.#checkSize(member.model);
    await new Promise<void>((resolve, reject) => {
      const leave = (): void => {
        member.waiters.splice(member.waiters.indexOf(waiter), 1);
        if (member.waiters.length === 0) this.#dequeue(member);
        reject(signal.reason as Error);
        this.#pump();
      };
      const waiter: Waiter = {
        grant: () => {
          signal.removeEventListener("abort", leave);
          this.#use(member);
          resolve();
        },
        refuse: (error) => {
          signal.removeEventListener("abort", leave);
          reject(error);
        },
      };
      signal.addEventListener("abort", leave, { once: true });
      member.waiters.push(waiter);
      if (member.phase !== "loading" && !this.#queue.includes(member)) this.#queue.push(member);
      this.#pump();
    });
  }

  #checkSize({ id, needBytes }: PoolModel): void {
    const { budgetBytes } = this.#options;
    if (needBytes <= budgetBytes) return;
    throw new EngineError(
      "out_of_memory",
      `The model ${id} needs about ${formatBytes(needBytes)}, and the models may have ${formatBytes(budgetBytes)} together. ` +
        "Start the server with a larger --memory-budget or a smaller --precision, or use a smaller model.",
    );
  }

  /** Start what fits, and ask for room for what is next. Whoever is behind it waits: else it would wait for ever. */
  #pump(): void {
    if (this.#closed) return;
    for (let next = this.#queue[0]; next; next = this.#queue[0]) {
      if (next.phase === "in" && next.leaves !== "as-told") {
        this.#queue.shift();
        this.#admit(next);
      } else if (next.phase === "out" && this.#fits(next.model.needBytes)) {
        this.#queue.shift();
        void this.#load(next);
      } else {
        break;
      }
    }
    const next = this.#queue[0];
    this.#makeRoom(next?.phase === "out" ? next.model.needBytes : 0);
  }

  #fits(bytes: number): boolean {
    return this.usedBytes + bytes <= this.#options.budgetBytes;
  }

  /** Nobody is asked to leave for himself: a model alone may grow as it must. */
  #makeRoom(bytes: number): void {
    const loaded = [...this.#members.values()].filter(({ phase }) => phase === "in");
    const staying = loaded.filter(({ leaves }) => leaves === "never");
    const going = [...this.#members.values()].filter(
      ({ phase, leaves }) => phase === "leaving" || (phase !== "out" && leaves !== "never"),
    );
    let missing = this.usedBytes + bytes - this.#options.budgetBytes;
    for (const member of going) missing -= member.bytes;
    staying.sort((a, b) => Number(b.idle) - Number(a.idle) || a.lastUse - b.lastUse);
    while (missing > 0 && staying.length > (bytes > 0 ? 0 : 1)) {
      const member = staying.shift()!;
      member.leaves = "for-room";
      missing -= member.bytes;
    }
    for (const member of loaded) if (member.idle && member.leaves !== "never") this.#leave(member);
  }

  async #load(member: Member): Promise<void> {
    member.phase = "loading";
    try {
      await member.model.load();
    } catch (error) {
      this.#out(member, error as Error);
      return;
    }
    member.phase = "in";
    const asked = member.leaves;
    this.#admit(member);
    // Told to leave while it was loading: who waited for it is served first.
    if (asked === "as-told") member.leaves = asked;
    this.#rest(member);
    this.#pump();
  }

  #admit(member: Member): void {
    member.leaves = "never";
    for (const { grant } of member.waiters.splice(0)) grant();
  }

  #use(member: Member): void {
    clearTimeout(member.idleTimer);
    member.users += 1;
    this.#uses += 1;
    member.lastUse = this.#uses;
  }

  #release(member: Member): void {
    member.users -= 1;
    this.#rest(member);
  }

  #rest(member: Member): void {
    if (!member.idle || this.#closed) return;
    if (member.leaves !== "never") {
      this.#leave(member);
      return;
    }
    const { idleUnloadSeconds } = this.#options;
    if (idleUnloadSeconds !== null) {
      member.idleTimer = setTimeout(() => this.#leave(member), idleUnloadSeconds * 1000).unref();
    }
    this.#pump();
  }

  #leave(member: Member): void {
    clearTimeout(member.idleTimer);
    member.phase = "leaving";
    void member.model.unload().finally(() => this.#out(member));
  }

  #out(member: Member, failure?: Error): void {
    member.phase = "out";
    member.leaves = "never";
    if (failure) this.#refuse(member, failure);
    for (const resolve of member.outWaiters.splice(0)) resolve();
    this.#pump();
  }

  #refuse(member: Member, error: Error): void {
    this.#dequeue(member);
    for (const { refuse } of member.waiters.splice(0)) refuse(error);
  }

  #dequeue(member: Member): void {
    const index = this.#queue.indexOf(member);
    if (index >= 0) this.#queue.splice(index, 1);
  }
}

function gone({ id }: PoolModel): EngineError {
  return new EngineError("not_ready", `The model ${id} was removed. Choose another one.`);
}

function closed(): EngineError {
  return new EngineError("closed", "The engine was closed. Start it again to speak.");
}
