// Runs one workflow on the real engine (WorkflowExecute of n8n-core) without the n8n server. Needs Node 24.
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Where setup.sh installed the engine. */
export function engineFolder() {
  return process.env.AGENTMEND_N8N_ENGINE || join(import.meta.dirname, "engine");
}

function loadNodeTypes(require, NodeHelpers, community) {
  const known = require("n8n-nodes-base/dist/known/nodes.json");
  const classes = new Map();
  const load = (type) => {
    const [scope, name] = type.split(".");
    if (scope === community?.packageName) return community.getNode(name).type;
    if (scope !== "n8n-nodes-base" || !known[name]) throw new Error(`No node type ${type} in n8n-nodes-base`);
    if (!classes.has(name)) {
      const { className, sourcePath } = known[name];
      classes.set(name, new (require(`n8n-nodes-base/${sourcePath}`)[className])());
    }
    return classes.get(name);
  };
  return {
    getByName: load,
    getByNameAndVersion: (type, version) => NodeHelpers.getVersionedNodeType(load(type), version),
    getKnownTypes: () => known,
  };
}

// What the server would hand to the engine. Everything a workflow without credentials, sub-workflows and webhooks asks for.
function makeAdditionalData(core, workflow, executionId, mode) {
  const nowhere = "http://localhost/";
  return {
    credentialsHelper: { getParentTypes: () => [], authenticate: async (_credentials, _type, options) => options },
    hooks: new core.ExecutionLifecycleHooks(mode, executionId, workflow),
    executionId,
    currentNodeExecutionIndex: 0,
    restApiUrl: nowhere, instanceBaseUrl: nowhere, formBaseUrl: nowhere, formWaitingBaseUrl: nowhere, formTestBaseUrl: nowhere,
    webhookBaseUrl: nowhere, webhookWaitingBaseUrl: nowhere, webhookTestBaseUrl: nowhere, mcpBaseUrl: nowhere, mcpTestBaseUrl: nowhere,
    variables: {},
    logAiEvent: () => {},
  };
}

// A community package, loaded and checked by n8n's own loader. As in the server, its `require("n8n-workflow")` finds the engine's.
async function loadCommunity(require, core, folder) {
  process.env.NODE_PATH = join(engineFolder(), "node_modules");
  require("node:module").Module._initPaths();
  const loader = new core.PackageDirectoryLoader(folder);
  await loader.loadAll();
  return loader;
}

/** Runs `workflow` from its trigger, which yields `firstItem`, and returns the engine's own IRun. `community`: folder of a node package. */
export async function execute(workflow, { executionId, firstItem, mode = "trigger", community }) {
  const folder = engineFolder();
  if (!existsSync(join(folder, "node_modules/n8n-core"))) {
    throw new Error("The n8n engine is not installed: run `sh tests/n8n/setup.sh`");
  }
  const userFolder = mkdtempSync(join(tmpdir(), "agentmend-n8n-")); // n8n-core writes its settings file there
  Object.assign(process.env, { N8N_USER_FOLDER: userFolder, N8N_LOG_LEVEL: "silent", N8N_ENCRYPTION_KEY: "for-tests-only" });
  try {
    return await runOn(createRequire(join(folder, "package.json")), workflow, { executionId, firstItem, mode, community });
  } finally {
    rmSync(userFolder, { recursive: true, force: true });
  }
}

async function runOn(require, workflow, { executionId, firstItem, mode, community }) {
  const { Workflow, NodeHelpers } = require("n8n-workflow");
  const core = require("n8n-core");
  const nodeTypes = loadNodeTypes(require, NodeHelpers, community && (await loadCommunity(require, core, community)));
  const instance = new Workflow({ ...structuredClone(workflow), nodeTypes });
  const run = new core.WorkflowExecute(makeAdditionalData(core, workflow, executionId, mode), mode);
  return run.run({ workflow: instance, triggerToStartFrom: { data: { data: { main: [[{ json: firstItem }]] } } } });
}
