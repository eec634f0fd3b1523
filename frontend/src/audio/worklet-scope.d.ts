// The names of AudioWorkletGlobalScope that the worklets use; TypeScript's DOM types do
// not have them.
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
  constructor();
}

declare function registerProcessor(
  name: string,
  processor: new (options: { processorOptions: never }) => AudioWorkletProcessor,
): void;
