// The package has no types. It is imported for its side effect only: with the globals of an
// AudioWorklet in place it registers a processor, see phase-vocoder.ts.
declare module "signalsmith-stretch" {
  export {};
}
