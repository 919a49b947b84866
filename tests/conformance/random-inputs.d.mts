export const detectorsWithInputs: readonly string[];
export function inputOf(detector: string, seed: number): object;
export function inputsOf(detector: string): number;
