import type { INodeProperties } from "n8n-workflow";

const whenData = (...check: string[]): INodeProperties["displayOptions"] => ({ show: { operation: ["checkData"], check } });

const options: INodeProperties = {
  displayName: "Options",
  name: "options",
  type: "collection",
  placeholder: "Add option",
  default: {},
  options: [
    {
      displayName: "Fix Suggestions",
      name: "suggestions",
      type: "boolean",
      default: true,
      description: "Whether to add what would fix each finding (Check Execution only). Nothing is applied.",
    },
    {
      displayName: "Format",
      name: "source",
      type: "string",
      default: "",
      placeholder: "otlp",
      description: "The format of the trace or execution, when it cannot be told from the data",
    },
    {
      displayName: "Minimum Confidence",
      name: "minConfidence",
      type: "number",
      typeOptions: { minValue: 0, maxValue: 1, numberPrecision: 2 },
      default: 0.5,
      description: "Findings that are less sure than this are left out (0 to 1)",
    },
    {
      displayName: "Only These Detectors Names or IDs",
      name: "only",
      type: "multiOptions",
      typeOptions: { loadOptionsMethod: "getDetectors" },
      default: [],
      description:
        'Ask these only; none chosen means all. Choose from the list, or specify IDs using an <a href="https://docs.n8n.io/code/expressions/">expression</a>.',
    },
    {
      displayName: "Put Result in Field",
      name: "field",
      type: "string",
      default: "healing",
      description: "Name of the field that is added to each item",
    },
    {
      displayName: "When Something Is Found",
      name: "onFinding",
      type: "options",
      options: [
        { name: "Send the Item to the Output Findings", value: "route" },
        { name: "Stop with an Error", value: "error" },
      ],
      default: "route",
    },
  ],
};

export const properties: INodeProperties[] = [
  {
    displayName: "Operation",
    name: "operation",
    type: "options",
    noDataExpression: true,
    options: [
      {
        name: "Check Data",
        value: "checkData",
        description: "Look at a text, a conversation, a trace or one detector's input",
        action: "Check data",
      },
      {
        name: "Check Execution",
        value: "checkExecution",
        description: "Look at a finished n8n execution",
        action: "Check an execution",
      },
    ],
    default: "checkData",
  },
  {
    displayName: "Check",
    name: "check",
    type: "options",
    displayOptions: { show: { operation: ["checkData"] } },
    options: [
      { name: "Conversation or Trace", value: "trace", description: "What an agent did: chat messages, OpenTelemetry, JSON of an agent framework" },
      { name: "Input of One Detector", value: "detector", description: "For one detector, with the fields that it asks for" },
      { name: "Text for Prompt Injection", value: "text", description: "Text from outside, before a model reads it" },
    ],
    default: "text",
  },
  {
    displayName: "Text",
    name: "text",
    type: "string",
    typeOptions: { rows: 4 },
    displayOptions: whenData("text"),
    default: "={{ $json.text }}",
    description: "The text that a user, a document, a mail or a web page brought in",
  },
  {
    displayName: "Conversation or Trace",
    name: "trace",
    type: "json",
    displayOptions: whenData("trace"),
    default: "={{ $json }}",
    description: "The messages or spans, as JSON",
  },
  {
    displayName: "Detector Name or ID",
    name: "detector",
    type: "options",
    typeOptions: { loadOptionsMethod: "getDetectors" },
    displayOptions: whenData("detector"),
    default: "",
    description: 'Choose from the list, or specify an ID using an <a href="https://docs.n8n.io/code/expressions/">expression</a>',
  },
  {
    displayName: "Input",
    name: "input",
    type: "json",
    displayOptions: whenData("detector"),
    default: "={{ $json }}",
    description: "The fields that the detector asks for; the list of detectors names them",
  },
  {
    displayName: "Execution",
    name: "execution",
    type: "json",
    displayOptions: { show: { operation: ["checkExecution"] } },
    default: "={{ $json }}",
    description: "The execution with its data, as the n8n node (Execution, Get, with data) or n8n's public API returns it",
  },
  {
    displayName: "Workflow",
    name: "workflow",
    type: "json",
    displayOptions: { show: { operation: ["checkExecution"] } },
    default: "",
    description: "The workflow, when it is not inside the execution",
  },
  options,
];
