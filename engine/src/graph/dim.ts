// Sizes of axes, some of them unknown until a graph runs. In: numbers and named sizes. Out: sums and
// products that still compare equal where they always are, so that shapes are checked while a graph
// is being built. Knows nothing of tensors.

/** A size: known, or a linear expression of named sizes such as `1920*frames`. */
export type Dim = number | SymbolicDim;
export type Shape = readonly Dim[];

export class SymbolicDim {
  /** Coefficient of each name, none of them 0. */
  readonly terms: ReadonlyMap<string, number>;
  readonly constant: number;

  constructor(terms: ReadonlyMap<string, number>, constant: number) {
    this.terms = terms;
    this.constant = constant;
  }

  /** Canonical: two dims are equal exactly when their texts are. */
  toString(): string {
    const names = [...this.terms.keys()].sort();
    const parts = names.map((name) => {
      const coefficient = this.terms.get(name)!;
      return coefficient === 1 ? name : `${coefficient}*${name}`;
    });
    if (this.constant !== 0) parts.push(String(this.constant));
    return parts.join("+").replaceAll("+-", "-");
  }
}

export function symbol(name: string): SymbolicDim {
  return new SymbolicDim(new Map([[name, 1]]), 0);
}

export function addDims(...dims: Dim[]): Dim {
  const terms = new Map<string, number>();
  let constant = 0;
  for (const dim of dims) {
    if (typeof dim === "number") {
      constant += dim;
      continue;
    }
    constant += dim.constant;
    for (const [name, coefficient] of dim.terms) {
      terms.set(name, (terms.get(name) ?? 0) + coefficient);
    }
  }
  return simplest(terms, constant);
}

export function multiplyDims(a: Dim, b: Dim): Dim {
  if (typeof a === "number") return typeof b === "number" ? a * b : scaleDim(b, a);
  if (typeof b === "number") return scaleDim(a, b);
  // No longer linear: a name of its own.
  return symbol(`(${[String(a), String(b)].sort().join(")*(")})`);
}

/** `ceil(dim / divisor)` */
export function ceilDivideDim(dim: Dim, divisor: number): Dim {
  if (typeof dim === "number") return Math.ceil(dim / divisor);
  const parts = [...dim.terms.values(), dim.constant];
  if (parts.every((part) => part % divisor === 0)) return scaleDim(dim, 1 / divisor);
  return symbol(`ceil((${String(dim)})/${divisor})`);
}

export function sameDim(a: Dim, b: Dim): boolean {
  return String(a) === String(b);
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((dim, axis) => sameDim(dim, b[axis]!));
}

export function showShape(shape: Shape): string {
  return `[${shape.map(String).join(", ")}]`;
}

/** Whether both have as many elements, whatever the unknown sizes are. */
export function sameElementCount(a: Shape, b: Shape): boolean {
  return a.reduce(timesProbe, 1n) === b.reduce(timesProbe, 1n);
}

// Two different polynomials hardly ever agree where each name has a large prime-like value.
function timesProbe(product: bigint, dim: Dim): bigint {
  return product * probe(dim);
}

function probe(dim: Dim): bigint {
  if (typeof dim === "number") return BigInt(dim);
  let sum = BigInt(dim.constant);
  for (const [name, coefficient] of dim.terms) sum += BigInt(coefficient) * probeOfName(name);
  return sum;
}

function probeOfName(name: string): bigint {
  const product = /^\((.*)\)\*\((.*)\)$/.exec(name);
  if (product) return probeOfText(product[1]!) * probeOfText(product[2]!);
  return hashOf(name);
}

/** Of a factor in a product's name; a factor that is itself an expression is a name like any other. */
function probeOfText(text: string): bigint {
  const scaled = /^(\d+)\*([^*+]+)$/.exec(text);
  return scaled ? BigInt(scaled[1]!) * hashOf(scaled[2]!) : hashOf(text);
}

function hashOf(text: string): bigint {
  let hash = 0x811c9dc5;
  for (const character of text) {
    hash = Math.imul(hash ^ character.codePointAt(0)!, 0x01000193) >>> 0;
  }
  return BigInt(hash) | 1n;
}

function scaleDim(dim: SymbolicDim, factor: number): Dim {
  const terms = [...dim.terms].map(([name, coefficient]) => [name, coefficient * factor] as const);
  return simplest(new Map(terms), dim.constant * factor);
}

function simplest(terms: Map<string, number>, constant: number): Dim {
  for (const [name, coefficient] of terms) if (coefficient === 0) terms.delete(name);
  return terms.size === 0 ? constant : new SymbolicDim(terms, constant);
}
