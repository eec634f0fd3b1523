// One command of the program: its help, its arguments, its work. Knows no particular command.
import { createProgress, type Progress } from "./progress.ts";

/** Runs with the arguments after its name; `signal` aborts when the user wants it to stop. */
export type Command = (args: string[], signal: AbortSignal) => Promise<void>;

export type CommandContext = { signal: AbortSignal; progress: Progress };

export type CommandParts<Options> = {
  help: string;
  /** Null: `--help` was asked for. @throws UsageError */
  parse(args: string[]): Options | null;
  run(options: Options, context: CommandContext): Promise<void>;
};

export function defineCommand<Options>(parts: CommandParts<Options>): Command {
  return async (args, signal) => {
    const options = parts.parse(args);
    if (options === null) {
      console.log(parts.help);
      return;
    }
    const progress = createProgress();
    try {
      await parts.run(options, { signal, progress });
    } finally {
      progress.end(); // a message that follows begins on a line of its own
    }
  };
}
