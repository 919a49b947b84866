// What approval/build.mjs puts into the bundle.
declare module "#validators" {
  export interface Validator {
    (value: unknown): boolean;
    errors?: readonly { instancePath: string; keyword: string; message?: string; params: Record<string, unknown> }[] | null;
  }
  export const escalationRequest: Validator;
  export const decision: Validator;
  export const consume: Validator;
  export const cancel: Validator;
  export const batch: Validator;
  export const key: Validator;
  export const detection: Validator;
  export const detections: Validator;
  export const trigger: Validator;
  export const lease: Validator;
  export const report: Validator;
  export const reset: Validator;
  export const rollback: Validator;
  export const acknowledge: Validator;
  export const resolve: Validator;
}
declare module "*.css" {
  export const text: string;
  export { text as default };
}
declare module "*.client.js" {
  export const text: string;
  export { text as default };
}
