// The address that the terminal shows. In: what the server listens on. Out: one that a browser on this
// machine can open.
import type { AddressInfo } from "node:net";
import { isLoopbackName } from "./access.ts";

export function printedAddress({ address, family, port }: AddressInfo): string {
  if (address === "0.0.0.0" || address === "::" || isLoopbackName(address)) {
    return `http://localhost:${port}`;
  }
  return `http://${family === "IPv6" ? `[${address}]` : address}:${port}`;
}
