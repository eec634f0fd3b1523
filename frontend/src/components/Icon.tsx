// The page's few pictures, drawn in the colour of the text around them. Never the only name of a
// button.
const paths = {
  play: "M8 5.2v13.6c0 .8.9 1.300 1.600.800l10.200-6.800c.6-.4.6-1.200 0-1.600L9.600 4.400C8.900 3.900 8 4.400 8 5.200Z",
  pause: "M7 5h3.500v14H7zM13.500 5H17v14h-3.500z",
  stop: "M7 7h10v10H7z",
  download: "M12 4v10m0 0 4-4m-4 4-4-4M5 19h14",
  remove: "M6 6l12 12M18 6 6 18",
  trash: "M5 7h14M10 7V5h4v2M7 7l.8 12h8.400L17 7M10.500 10.500v5M13.500 10.500v5",
  reuse: "M5 12a7 7 0 1 0 2.300-5.200M5 4v4h4",
  record: "M12 6a6 6 0 1 1 0 12 6 6 0 0 1 0-12Z",
  upload: "M12 14V4m0 0L8 8m4-4 4 4M5 19h14",
  add: "M12 5v14M5 12h14",
} as const;

const filled: ReadonlySet<string> = new Set(["play", "pause", "stop", "record"]);

export function Icon({ name }: { name: keyof typeof paths }) {
  return (
    <svg className="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path className={filled.has(name) ? "icon-filled" : "icon-line"} d={paths[name]} />
    </svg>
  );
}
