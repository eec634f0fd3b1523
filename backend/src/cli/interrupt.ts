// How a command is stopped from outside: Ctrl+C, SIGTERM, or a reader of stdout that has left. In: the
// work, which hears of it by its signal. Out: nothing, or the end of the process with the exit code that
// shells know. Files that are not finished are removed at that end by whoever made them.

/** 128 and the number of the signal. */
const exitCodes = { SIGINT: 130, SIGTERM: 143 } as const;

/** Long enough for a step of the engine; what takes longer, such as loading, is left as it is. */
const graceMs = 500;

export async function interruptible(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const controller = new AbortController();
  let stopCode: number | undefined;
  const stop = (exitCode: number): void => {
    if (stopCode !== undefined) process.exit(exitCode); // asked twice
    stopCode = exitCode;
    controller.abort();
    setTimeout(() => process.exit(exitCode), graceMs);
  };
  for (const name of ["SIGINT", "SIGTERM"] as const) process.on(name, () => stop(exitCodes[name]));
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    stop(0); // whoever read has enough: nothing is wrong
  });
  try {
    await work(controller.signal);
  } catch (error) {
    if (stopCode === undefined) throw error;
  }
  if (stopCode !== undefined) process.exit(stopCode);
}
