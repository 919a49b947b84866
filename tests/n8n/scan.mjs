// node24 tests/n8n/scan.mjs SOURCE PACKED
// n8n's scan of community packages without the registry: the attested source and the published files, each with the patterns it uses.
import { SOURCE_FILE_PATTERNS, analyzePackage } from "./lint/node_modules/@n8n/scan-community-package/scanner/scanner.mjs";

const [source, packed] = process.argv.slice(2);
const results = [await analyzePackage(source, SOURCE_FILE_PATTERNS), await analyzePackage(packed, ["**/*.js", "package.json"])];
process.stdout.write(`${JSON.stringify(results)}\n`);
