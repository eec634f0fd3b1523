// What a voice to be designed is like, and what it says first.
import { useId } from "react";
import { canDo } from "../model-choice.ts";
import { sampleSentence } from "../sample-texts.ts";
import type { ServerInfo } from "../server-watch.ts";

type Wish = { description: string; language: string; text: string };

type DescriptionFieldsProps = {
  info: ServerInfo | null;
  wish: Wish;
  onWish: (part: Partial<Wish>) => void;
};

export function DescriptionFields({ info, wish, onWish }: DescriptionFieldsProps) {
  const id = useId();
  const design = canDo(info, "design");
  const language = wish.language || (info?.languages.default ?? "");
  return (
    <>
      <div className="form-field">
        <label htmlFor={id}>Description</label>
        <textarea
          id={id}
          className="field description-input"
          rows={3}
          value={wish.description}
          disabled={!design.honoured}
          placeholder={design.honoured ? "A woman of about forty, deep and calm, close to you" : ""}
          aria-describedby={`${id}-hint`}
          onChange={(event) => onWish({ description: event.target.value })}
        />
        <p className="hint" id={`${id}-hint`}>
          {design.honoured
            ? "Age, sex, pitch, pace, mood, accent: in English or Chinese, in your own words."
            : design.reason}
          {!design.honoured && info && <a href="#models"> Models</a>}
        </p>
      </div>
      <div className="form-field">
        <label htmlFor={`${id}-language`}>Language</label>
        <select
          id={`${id}-language`}
          className="field"
          value={language}
          disabled={!design.honoured}
          aria-describedby={`${id}-language-hint`}
          onChange={(event) => onWish({ language: event.target.value })}
        >
          {info?.languages.languages.map((one) => (
            <option key={one} value={one}>
              {one === "Auto" ? "Auto (by the text)" : one}
            </option>
          ))}
        </select>
        <p className="hint" id={`${id}-language-hint`}>
          What the text below is written in; the voice speaks the others, too.
        </p>
      </div>
      <div className="form-field">
        <label htmlFor={`${id}-text`}>What it says</label>
        <textarea
          id={`${id}-text`}
          className="field"
          rows={3}
          value={wish.text}
          disabled={!design.honoured}
          placeholder={sampleSentence(language)}
          aria-describedby={`${id}-text-hint`}
          onChange={(event) => onWish({ text: event.target.value })}
        />
        <p className="hint" id={`${id}-text-hint`}>
          The voice is kept as it is heard here: a sentence or two, in its usual mood.
        </p>
      </div>
    </>
  );
}
