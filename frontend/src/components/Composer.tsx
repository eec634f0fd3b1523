// Where one text is typed: the field, its count, and something to try when it is empty.
import { useId } from "react";
import type { RefObject } from "react";
import { limits } from "qwen-tts/protocol";
import { sampleTexts } from "../sample-texts.ts";
import type { SampleText } from "../sample-texts.ts";
import { textLength } from "../settings.ts";

type ComposerProps = {
  text: string;
  field: RefObject<HTMLTextAreaElement | null>;
  languages: string[];
  onText: (text: string) => void;
  onSample: (sample: SampleText) => void;
};

export function Composer({ text, field, languages, onText, onSample }: ComposerProps) {
  const id = useId();
  const length = textLength(text);
  const tooLong = length > limits.textLength;
  const samples = sampleTexts.filter(({ language }) => languages.includes(language));
  return (
    <div className="composer">
      <label className="visually-hidden" htmlFor={id}>
        Text to speak
      </label>
      <textarea
        ref={field}
        id={id}
        className="text-input"
        placeholder="Type something to hear"
        value={text}
        rows={4}
        autoFocus
        aria-invalid={tooLong}
        aria-describedby={`${id}-count`}
        onChange={(event) => onText(event.target.value)}
      />
      <div className="composer-foot">
        {text === "" && samples.length > 0 && (
          <div className="samples" role="group" aria-label="Texts to try">
            {samples.map((sample) => (
              <button key={sample.label} className="chip" onClick={() => onSample(sample)}>
                {sample.label}
              </button>
            ))}
          </div>
        )}
        <p className="count" id={`${id}-count`} data-tone={tooLong ? "gone" : undefined}>
          {tooLong && `${(length - limits.textLength).toLocaleString()} too many: `}
          {length.toLocaleString()} / {limits.textLength.toLocaleString()}
          <span className="visually-hidden"> characters</span>
        </p>
      </div>
    </div>
  );
}
