import type { IExecuteFunctions, ILoadOptionsFunctions, INodeExecutionData, INodePropertyOptions, INodeType, INodeTypeDescription } from "n8n-workflow";
import { NodeConnectionTypes, NodeOperationError } from "n8n-workflow";

import { AgentmendError } from "../../../sdk/src/errors.js";
import { checkDetector, checkExecution, checkText, checkTrace, type CheckResult } from "./check.js";
import { core } from "./core.js";
import { properties } from "./properties.js";

/** The parameters of one item, as the user filled them in. */
async function checkItem(node: IExecuteFunctions, index: number): Promise<CheckResult> {
  const parameter = (name: string): unknown => node.getNodeParameter(name, index);
  const options = node.getNodeParameter("options", index, {}) as { minConfidence?: number; source?: string; suggestions?: boolean; only?: string[] };
  const engine = await core();
  if (parameter("operation") === "checkExecution") return checkExecution(engine, parameter("execution"), parameter("workflow"), options);
  const what = parameter("check");
  if (what === "text") return checkText(engine, parameter("text"), options);
  if (what === "detector") return checkDetector(engine, String(parameter("detector")), parameter("input"), options);
  return checkTrace(engine, parameter("trace"), options);
}

/** What n8n shows: the message first, then code, place and cure. */
function nodeError(node: IExecuteFunctions, error: unknown, itemIndex: number): NodeOperationError {
  if (error instanceof NodeOperationError) return error;
  if (!(error instanceof AgentmendError)) return new NodeOperationError(node.getNode(), error as Error, { itemIndex });
  const place = error.at === "" ? "" : ` at ${error.at}`;
  return new NodeOperationError(node.getNode(), error.message, { itemIndex, description: `Code ${error.code}${place}.` });
}

export class Agentmend implements INodeType {
  description: INodeTypeDescription = {
    displayName: "Agentmend",
    name: "agentmend",
    icon: { light: "file:agentmend.svg", dark: "file:agentmend.dark.svg" },
    group: ["transform"],
    version: 1,
    subtitle: '={{ $parameter["operation"] === "checkExecution" ? "Check execution" : "Check data" }}',
    description: "Checks data and executions for the ways in which AI agents fail. Runs locally, sends nothing.",
    defaults: { name: "Agentmend" },
    usableAsTool: true,
    inputs: [NodeConnectionTypes.Main],
    outputs: [NodeConnectionTypes.Main, NodeConnectionTypes.Main],
    outputNames: ["Healthy", "Findings"],
    properties,
  };

  methods = {
    loadOptions: {
      /** The detectors that work in this version. */
      async getDetectors(this: ILoadOptionsFunctions): Promise<INodePropertyOptions[]> {
        return (await core()).detectors.map(({ name, title, inputs }) => ({ name: title, value: name, description: `Input: ${inputs.join(", ")}` }));
      },
    },
  };

  async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
    const items = this.getInputData();
    const healthy: INodeExecutionData[] = [];
    const findings: INodeExecutionData[] = [];
    for (const [index, item] of items.entries()) {
      const { field = "healing", onFinding = "route" } = this.getNodeParameter("options", index, {}) as { field?: string; onFinding?: string };
      const answer = (healing: object): INodeExecutionData => ({
        ...item,
        json: { ...item.json, [field]: healing } as INodeExecutionData["json"],
        pairedItem: { item: index },
      });
      try {
        const result = await checkItem(this, index);
        if (!result.healthy && onFinding === "error") {
          const { summary, detector } = result.findings[0] ?? { summary: "The check is not complete.", detector: "none" };
          throw new NodeOperationError(this.getNode(), summary, { itemIndex: index, description: `Found by ${detector}.` });
        }
        (result.healthy ? healthy : findings).push(answer(result));
      } catch (error) {
        const failure = nodeError(this, error, index);
        if (!this.continueOnFail()) throw failure;
        // Never on "Healthy": nobody has looked at this item. n8n moves an item with `error` to the error output, without its fields;
        // where there is no such output, the item keeps them.
        const unchecked = answer({ healthy: false, complete: false, error: { message: failure.message, description: failure.description ?? null } });
        findings.push(this.getNode().onError === "continueErrorOutput" ? { ...unchecked, error: failure } : unchecked);
      }
    }
    return [healthy, findings];
  }
}
