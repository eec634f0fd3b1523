// Memory of arrays that nobody needs any more, given back at once. The garbage collector, which sees the few bytes that
// hold such an array, would let hundreds of megabytes wait.
import { MessageChannel } from "node:worker_threads";

/** What is moved into a message that nobody gets is freed with it. */
const { port1: nowhere } = new MessageChannel();
nowhere.close();

/** Whoever still has the array finds it empty: no run may be under way that takes it in. */
export function giveBack({ buffer }: Float32Array): void {
  nowhere.postMessage(null, [buffer as ArrayBuffer]);
}
