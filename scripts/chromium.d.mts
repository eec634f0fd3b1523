export function findChromium(playwrightPath: string): string | undefined;
