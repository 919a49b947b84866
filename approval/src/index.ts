/** The approval endpoint of agentmend: `createApproval` for your own server, `serve` for Node. */
export { createApproval, type Approval, type ApprovalOptions, type FirstKeys } from "./approval.js";
export type { Auth } from "./callers.js";
export type { NewKey, KeyScope } from "./store/keys.js";
export { serve, type ServeOptions, type Serving } from "./serve.js";
