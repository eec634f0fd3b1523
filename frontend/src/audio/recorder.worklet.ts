// The audio thread's side of a recording: what the microphone gives leaves in pieces on the port. All
// channels are mixed to one. Plays nothing.
import { recorderName } from "./worklet-messages.ts";

/** Blocks of 128 samples in a piece: about 20 pieces a second at 48 kHz. */
const blocksPerPiece = 16;
const blockSamples = 128;

class Recorder extends AudioWorkletProcessor {
  #piece = new Float32Array(blocksPerPiece * blockSamples);
  #filled = 0;

  process([channels]: Float32Array[][]): boolean {
    const [first] = channels ?? [];
    if (!channels || !first) return true;
    for (let at = 0; at < first.length; at++) {
      let sum = 0;
      for (const channel of channels) sum += channel[at]!;
      this.#piece[this.#filled++] = sum / channels.length;
      if (this.#filled === this.#piece.length) this.#send();
    }
    return true;
  }

  #send() {
    this.port.postMessage(this.#piece, [this.#piece.buffer]);
    this.#piece = new Float32Array(blocksPerPiece * blockSamples);
    this.#filled = 0;
  }
}

registerProcessor(recorderName, Recorder);
