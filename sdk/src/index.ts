export { AgentmendError } from "./errors.js";
export { locate, type Location } from "./pointer-location.js";
export type * from "./wire.js";
