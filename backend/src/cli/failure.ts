// Why the server could not start or a command failed, in words for the terminal. In: what was thrown.
// Out: a message and an exit code; only a defect of ours shows its stack.
import { EngineError } from "qwen3-tts";
import { RequestError } from "../request-error.ts";
import { UsageError } from "./arguments.ts";

export function explainFailure(error: unknown): { message: string; exitCode: number } {
  if (error instanceof UsageError) return { message: error.message, exitCode: 2 };
  if (error instanceof EngineError && error.code !== "internal") {
    return { message: error.message, exitCode: 1 };
  }
  if (error instanceof RequestError) return { message: error.message, exitCode: 1 };
  const { code, port, address, path, message, stack } = error as NodeJS.ErrnoException & {
    port?: number;
    address?: string;
  };
  if (code === "ENOSPC" || code === "EDQUOT") return { message: "The disk is full.", exitCode: 1 };
  if (path !== undefined) {
    const remedy = "Choose another place, or change who may use it.";
    return { message: `A file or folder cannot be used: ${message}. ${remedy}`, exitCode: 1 };
  }
  switch (code ?? "") {
    case "EADDRINUSE":
      return { message: `Port ${port} is in use. Choose another with --port.`, exitCode: 1 };
    case "EACCES":
      return { message: `Port ${port} needs more rights. Choose one above 1023.`, exitCode: 1 };
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return {
        message: `--host ${address ?? "given"} is no address of this machine.`,
        exitCode: 1,
      };
    default:
      return { message: stack ?? String(error), exitCode: 1 };
  }
}
