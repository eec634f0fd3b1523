// One run of a decoder's graph for several requests. In: their places in the pool, and what each takes in next. Out: the
// graph's outputs, and which row of them is whose; the places moved on.
import { joined } from "../joined.ts";
import { floats, type Session, type Tensor } from "../runtime/session.ts";
import { appendRows, poolInputs, type KeyValuePool, type Place } from "./key-value-pool.ts";
import { rowsMayShare, type Precision } from "./matrix.ts";

/** x [positions, width]; as many positions in each row of a run */
export type DecoderRow = { place: Place; x: Float32Array };

export type DecoderRun = {
  outputs: Record<string, Tensor>;
  /** Of each row, in the order in which they were given, its row in the outputs. */
  at: number[];
};

/** Who goes through a run with whom: nothing may change with the company. */
export function runsOf<Row>(rows: readonly Row[], precision: Precision): (readonly Row[])[] {
  return rowsMayShare(precision) ? [rows] : rows.map((row) => [row]);
}

export async function runDecoder(
  { session, pool }: { session: Session; pool: KeyValuePool },
  rows: readonly DecoderRow[],
  width: number,
): Promise<DecoderRun> {
  const frames = rows[0]!.x.length / width;
  const places = rows.map(({ place }) => place);
  const inputs = poolInputs(pool, places, frames);
  const data = joined(places.map((here) => rows.find(({ place }) => place === here)!.x));
  const x = { data, shape: [places.length, frames, width] };
  const outputs = await session.run({ x, ...inputs });
  appendRows(pool, places, { rows: floats(outputs, "rows"), frames });
  return { outputs, at: rows.map(({ place }) => places.indexOf(place)) };
}
