// Samples in, a WAV file out, written while the samples are made. In a file the sizes are put right at the
// end; what has gone through a pipe keeps the sizes of a stream.
import { createWavEncoder, type SampleFormat } from "../encoders/wav-encoder.ts";
import { oneOf } from "./arguments.ts";
import type { Output } from "./output.ts";

export const sampleFormats = ["s16", "f32"] as const;

export function checkedSampleFormat(value: string): SampleFormat {
  return oneOf("--sample-format", value, sampleFormats);
}

export type WavOutput = {
  push(samples: Float32Array): Promise<void>;
  complete(): Promise<void>;
};

export type WavOptions = { sampleRate: number; sampleFormat: SampleFormat };

/** The header goes out with the first samples: until then a failure leaves a pipe empty. */
export function createWavOutput(output: Output, options: WavOptions): WavOutput {
  const encoder = createWavEncoder(options.sampleRate, options.sampleFormat);
  let lengthSamples = 0;
  let begun = false;
  const begin = async (): Promise<void> => {
    if (!begun) await output.write(encoder.header(null));
    begun = true;
  };
  return {
    push: async (samples) => {
      await begin();
      lengthSamples += samples.length;
      await output.write(encoder.push(samples));
    },
    complete: async () => {
      await begin();
      await output.write(encoder.flush());
      await output.rewriteStart?.(encoder.header(lengthSamples));
      await output.complete();
    },
  };
}
