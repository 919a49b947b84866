import { defineConfig } from "vitest/config";

export const config = defineConfig({
  // The times only end what hangs: a browser or 10,000 inputs on a busy machine take longer than Vitest's 5 seconds.
  test: { include: ["tests/**/*.test.ts"], testTimeout: 120_000, hookTimeout: 120_000 },
});

// Vitest reads the default export of its configuration file; this is the one default export of the repository.
export { config as default };
