// npm hands a SIGTERM to the shell between it and us, and that shell dies of it without telling us.
// In: nothing. Out: this process gets the SIGTERM too.

const pollMs = 200;

/** Send ourselves SIGTERM when the shell that npm started us from is gone. */
export function endWithParent() {
  if (process.env.npm_lifecycle_event === undefined || process.platform === "win32") return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    process.kill(process.pid, "SIGTERM");
  }, pollMs);
  timer.unref();
}
