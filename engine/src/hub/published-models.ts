// The models that Qwen has published and this engine runs, in the order in which they are recommended.

export type PublishedModel = {
  repo: string;
  variant: "custom_voice" | "voice_design" | "base";
  size: "0.6B" | "1.7B";
  /** Of a download, about. */
  bytes: number;
};

const family = "Qwen/Qwen3-TTS-12Hz-";

export const publishedModels: readonly PublishedModel[] = [
  published("0.6B", "CustomVoice", "custom_voice"),
  published("1.7B", "CustomVoice", "custom_voice"),
  published("1.7B", "VoiceDesign", "voice_design"),
  published("0.6B", "Base", "base"),
  published("1.7B", "Base", "base"),
];

function published(
  size: PublishedModel["size"],
  name: string,
  variant: PublishedModel["variant"],
): PublishedModel {
  return {
    repo: `${family}${size}-${name}`,
    variant,
    size,
    bytes: size === "0.6B" ? 2.52e9 : 4.54e9,
  };
}

/** By repository, its last part ("Qwen3-TTS-12Hz-0.6B-Base", "0.6B-Base") or variant; without regard to case. */
export function findPublishedModel(name: string): PublishedModel | undefined {
  const wanted = name.toLowerCase();
  return publishedModels.find(({ repo, variant }) =>
    [repo, repo.split("/")[1]!, repo.slice(family.length), variant].some(
      (known) => known.toLowerCase() === wanted,
    ),
  );
}
