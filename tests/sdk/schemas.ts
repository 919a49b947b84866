// The frozen JSON Schemas, ready to validate documents with.
import { readFileSync, readdirSync } from "node:fs";

import { Ajv2020 } from "ajv/dist/2020.js";
import formatsPlugin from "ajv-formats";

const folder = new URL("../data/schemas/", import.meta.url);
export const schemaFiles = readdirSync(folder).filter((name) => name.endsWith(".schema.json")).sort();
export const schemas = new Map(schemaFiles.map((name) => [name.replace(".schema.json", ""), JSON.parse(readFileSync(new URL(name, folder), "utf8")) as { $id: string; examples?: unknown[] }]));

const ajv = new Ajv2020({ allErrors: false, strict: false });
(formatsPlugin as unknown as (target: Ajv2020) => void)(ajv);
for (const schema of schemas.values()) ajv.addSchema(schema);

/** What is wrong with a document, one line each; empty when it is valid. */
export function validate(name: string, value: unknown): string[] {
  const schema = schemas.get(name);
  if (schema === undefined) throw new Error(`There is no schema ${name}.`);
  const check = ajv.getSchema(schema.$id);
  if (check === undefined) throw new Error(`The schema ${name} does not compile.`);
  return check(value) === true ? [] : (check.errors ?? []).map((error) => `${error.instancePath || "/"} ${error.message ?? ""}`);
}
