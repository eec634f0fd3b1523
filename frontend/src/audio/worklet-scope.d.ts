// The names of AudioWorkletGlobalScope that the player's worklet uses; TypeScript's DOM types do
// not have them.
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}

declare function registerProcessor(
  name: string,
  processor: new (options: { processorOptions: never }) => AudioWorkletProcessor,
): void;
