// Tiny checkpoints as one engine, all of them in this process. In: names of the engine's fixtures. Out: an engine that
// speaks with the model that a request names.
import { fileURLToPath } from "node:url";
import { loadModel, type LocalModel, type SpeechEngine } from "qwen3-tts";

export type SeveralModels = SpeechEngine & {
  createVoice: NonNullable<SpeechEngine["createVoice"]>;
};

export function checkpointFolder(name: string): string {
  return fileURLToPath(new URL(`../../engine/test/fixtures/${name}`, import.meta.url));
}

export async function loadSeveral(folders: readonly string[]): Promise<SeveralModels> {
  const models = await Promise.all(
    folders.map((folder) => loadModel(folder, { precision: "f32", threads: 1, rows: 2 })),
  );
  const statusOf = (model: LocalModel) => model.status().models[0]!;
  return {
    status: () => ({
      engine: "local",
      models: models.map(statusOf),
      activeRows: models.reduce((sum, model) => sum + model.status().activeRows, 0),
    }),
    onStatus: () => () => undefined,
    synthesize: ({ model: id, ...request }, signal) => {
      const named = models.find((model) => statusOf(model).id === id) ?? models[0]!;
      return named.synthesize(request, signal);
    },
    createVoice: (samples, sampleRate, wanted) => {
      const fitting = models.find((model) => {
        const { clone, size } = statusOf(model);
        return clone.honoured && (wanted?.size === undefined || wanted.size === size);
      });
      return fitting!.createVoice(samples, sampleRate, wanted);
    },
    close: async () => {
      await Promise.all(models.map((model) => model.close()));
    },
  };
}
