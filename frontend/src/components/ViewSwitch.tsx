// The way between the views: links, so that each has an address.
import { views } from "../hooks/useView.ts";
import type { View } from "../hooks/useView.ts";

const names: Record<View, string> = { speak: "Speak", voices: "Voices", models: "Models" };

export function ViewSwitch({ view }: { view: View }) {
  return (
    <nav className="view-switch" aria-label="Views">
      {views.map((name) => (
        <a key={name} href={`#${name}`} aria-current={name === view ? "page" : undefined}>
          {names[name]}
        </a>
      ))}
    </nav>
  );
}
