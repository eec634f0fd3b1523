// One command of the program: its help, its arguments, its work. Knows no particular command.

/** Runs with the arguments after its name; `signal` aborts when the user wants it to stop. */
export type Command = (args: string[], signal: AbortSignal) => Promise<void>;

export type CommandParts<Options> = {
  help: string;
  /** Null: `--help` was asked for. @throws UsageError */
  parse(args: string[]): Options | null;
  run(options: Options, signal: AbortSignal): Promise<void>;
};

export function defineCommand<Options>(parts: CommandParts<Options>): Command {
  return async (args, signal) => {
    const options = parts.parse(args);
    if (options === null) console.log(parts.help);
    else await parts.run(options, signal);
  };
}
