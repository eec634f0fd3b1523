// An error as the contract has it: whatever is asked here of one is asked of all.
import { expect } from "vitest";
import type { ErrorBody } from "../src/protocol.ts";

export type Answer = { status: number; body: ErrorBody; response: Response };

/** Paths of this machine, of the sources and of packages; lines of a stack. */
const revealing = /node_modules|\/src\/|\/dist\/|file:\/\/|\bat .*\.(ts|js):\d|\.(ts|js):\d/;

/** Read an error response: JSON with words and a code, under an id, that shows no path and no stack. */
export async function answerOf(pending: Response | Promise<Response>): Promise<Answer> {
  const response = await pending;
  const text = await response.text();
  expectDiscreet(text);
  const body = JSON.parse(text) as ErrorBody;
  expect(response.headers.get("content-type")).toContain("application/json");
  expect(response.headers.get("x-request-id")).toBeTruthy();
  expect(body.detail.length).toBeGreaterThan(10);
  expect(body.code).toMatch(/^[a-z_]+$/);
  return { status: response.status, body, response };
}

export function expectDiscreet(text: string): void {
  expect(text).not.toMatch(revealing);
  expect(text).not.toContain(process.cwd());
}
