// Made by build.mjs.
declare module "agentmend:core" {
  /** The C-ABI module, gzip, base64. */
  export const core: string;
}
declare module "agentmend:worker" {
  /** The bundled script of the worker. */
  export const script: string;
}
declare module "agentmend:examples" {
  export const examples: { name: string; files: { name: string; text: string }[] }[];
}
