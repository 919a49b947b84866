import { defineConfig } from "vitest/config";

export const config = defineConfig({
  test: { include: ["tests/**/*.test.ts"] },
});

// Vitest reads the default export of its configuration file; this is the one default export of the repository.
export { config as default };
