// What all command lines share. In: arguments and the options a command takes. Out: checked values, or
// one line that says what is wrong and what is allowed. Knows no command.
import { parseArgs, type ParseArgsConfig } from "node:util";

/** Wrong arguments; `message` is one line for the terminal. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

export type ArgumentTypes = NonNullable<ParseArgsConfig["options"]>;

/** Booleans have a default; an option that is not given and has none is undefined. */
export type ArgumentValues<Types extends ArgumentTypes> = {
  [Name in keyof Types]: ArgumentValue<Types[Name]>;
};

type ArgumentValue<Type> = Type extends { type: "boolean" }
  ? boolean
  : Type extends { multiple: true }
    ? string[]
    : Type extends { default: string }
      ? string
      : string | undefined;

/** @throws UsageError */
export function readArguments<Types extends ArgumentTypes>(
  args: string[],
  options: Types,
): ArgumentValues<Types> {
  return parse(args, options, false).values;
}

/** As `readArguments`, for commands that also take arguments without a name. */
export function readPositionals<Types extends ArgumentTypes>(
  args: string[],
  options: Types,
): { values: ArgumentValues<Types>; positionals: string[] } {
  return parse(args, options, true);
}

function parse<Types extends ArgumentTypes>(
  args: string[],
  options: Types,
  allowPositionals: boolean,
): { values: ArgumentValues<Types>; positionals: string[] } {
  try {
    const config: ParseArgsConfig = { args, options, strict: true, allowPositionals };
    const { values, positionals } = parseArgs(config);
    // parseArgs has checked them against `options`.
    return { values: values as ArgumentValues<Types>, positionals };
  } catch (error) {
    throw new UsageError(`${whatIsWrong((error as Error).message)}. See --help.`);
  }
}

/** parseArgs explains over several sentences; the first one says what is wrong. */
function whatIsWrong(message: string): string {
  const [sentence = ""] = message.split(/\.\s/);
  const option = /^Option '(?:-\w, )?(--[\w-]+).*ambiguous/.exec(sentence)?.[1];
  if (option === undefined) return sentence;
  return `${option} needs a value; one that starts with a dash is given as ${option}=VALUE`;
}

type Range = { min: number; max: number };

export function integer(name: string, value: string, { min, max }: Range): number {
  const number = Number(value);
  if (/^\d+$/.test(value) && number >= min && number <= max) return number;
  throw new UsageError(`${name} must be an integer from ${min} to ${max}, not '${value}'.`);
}

/** A number above 0. `what` says of which kind: "a number of seconds". */
export function positive(
  name: string,
  value: string,
  { max, what = "a number" }: { max: number; what?: string },
): number {
  const number = Number(value);
  if (/^\d+(\.\d+)?$/.test(value) && number > 0 && number <= max) return number;
  throw new UsageError(`${name} must be ${what} above 0, up to ${max}, not '${value}'.`);
}

const unitBytes = { M: 1e6, G: 1e9 };

/** A size in megabytes or gigabytes: "900M", "1.5G". */
export function bytes(name: string, value: string): number {
  const [, digits, unit] = /^(\d+(?:\.\d+)?)([MG])B?$/i.exec(value) ?? [];
  const size = Math.floor(Number(digits) * unitBytes[unit?.toUpperCase() === "M" ? "M" : "G"]);
  if (digits !== undefined && size > 0 && Number.isSafeInteger(size)) return size;
  throw new UsageError(`${name} must be a size such as 6G or 900M, not '${value}'.`);
}

export function oneOf<Choice extends string>(
  name: string,
  value: string,
  choices: readonly Choice[],
): Choice {
  const found = choices.find((choice) => choice === value);
  if (found !== undefined) return found;
  throw new UsageError(`${name} must be one of ${choices.join(", ")}, not '${value}'.`);
}

/** The value of an option that a command cannot do without. */
export function required(name: string, value: string | undefined): string {
  if (value !== undefined && value !== "") return value;
  throw new UsageError(`${name} is missing. See --help.`);
}

/** `check` for an option that may be absent. */
export function optional<Value>(
  value: string | undefined,
  check: (given: string) => Value,
): Value | null {
  return value === undefined ? null : check(value);
}
