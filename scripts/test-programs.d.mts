import type { Plugin } from "vite";

export const startsBuiltPrograms: Plugin;
export function builtProgram(name: string): string;
