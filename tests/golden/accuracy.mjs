// npm run score: asks the built command about all labelled data at hand and writes docs/accuracy.md. With --check it
// compares instead. Without the data (AGENTMEND_DATA, default ../shared/data) it says so and changes nothing.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

import { derive } from "./blind/derive.mjs";

const root = join(import.meta.dirname, "../..");
const data = resolve(root, process.env.AGENTMEND_DATA ?? "../shared/data");
const page = join(root, "docs/accuracy.md");
const check = process.argv.includes("--check");
const binCount = 10;

if (!existsSync(join(data, "golden"))) {
  console.warn(`NOT RUN: accuracy: there is no folder golden in ${process.env.AGENTMEND_DATA === undefined ? "the default place" : "AGENTMEND_DATA"}.`);
  process.exit(0);
}

const lines = (file) => readFileSync(file, "utf8").split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
const setsIn = (folder) => readdirSync(folder).filter((name) => name.endsWith(".jsonl")).sort().map((name) => ({ name: name.slice(0, -6), rows: lines(join(folder, name)) }));

/** Answers in the order of the questions; the command sees numbers for ids. */
function ask(questions) {
  const input = questions.map((question, i) => JSON.stringify({ ...question, id: String(i) })).join("\n") + "\n";
  const ran = spawnSync(process.execPath, [join(root, "dist/cli.js"), "detect", "--jsonl"], { input, maxBuffer: 1 << 30, encoding: "utf8" });
  if (ran.status !== 0) throw new Error(`detect --jsonl ended with ${ran.status}: ${ran.stderr}`);
  const answers = new Map(ran.stdout.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line)).map((answer) => [answer.id, answer]));
  return questions.map((_, i) => answers.get(String(i)) ?? { detected: false, confidence: 0, detections: [] });
}

function scoreOf(cases) {
  const count = (wanted, fired) => cases.filter(({ expected, answer }) => expected === wanted && (answer.detected === true) === fired).length;
  const [tp, fp, fn, tn] = [count(true, true), count(false, true), count(true, false), count(false, false)];
  const share = (a, b) => (b === 0 ? null : a / b);
  return { n: cases.length, positive: tp + fn, tp, fp, fn, tn, precision: share(tp, tp + fp), recall: share(tp, tp + fn), f1: share(2 * tp, 2 * tp + fp + fn), falseAlarms: share(fp, fp + tn) };
}

/** Expected calibration error of firings: how far confidence is from the share of firings that are right. */
function calibration(cases) {
  const fired = cases.filter(({ answer }) => answer.detected === true);
  let error = 0;
  for (let bin = 0; bin < binCount; bin += 1) {
    const inside = fired.filter(({ answer }) => Math.min(binCount - 1, Math.floor(answer.confidence * binCount)) === bin);
    if (inside.length === 0) continue;
    const right = inside.filter(({ expected }) => expected).length / inside.length;
    const mean = inside.reduce((sum, { answer }) => sum + answer.confidence, 0) / inside.length;
    error += (inside.length / fired.length) * Math.abs(right - mean);
  }
  return fired.length === 0 ? null : error;
}

const three = (value) => (value === null || value === undefined ? "" : value.toFixed(3));
const table = (head, rows) => [`| ${head.join(" | ")} |`, `|${head.map(() => "---").join("|")}|`, ...rows.map((row) => `| ${row.join(" | ")} |`)];

function golden() {
  const sets = setsIn(join(data, "golden")).filter(({ name }) => name !== "whole-trace");
  const reference = JSON.parse(readFileSync(join(data, "golden/reference_scores.json"), "utf8")).detectors;
  const cases = sets.flatMap(({ name, rows }) => rows.map((row) => ({ detector: row.detector ?? name, expected: row.expected === true, question: { detector: row.detector ?? name, input: row.input } })));
  const answers = ask(cases.map(({ question }) => question));
  cases.forEach((item, i) => (item.answer = answers[i]));
  const listing = JSON.parse(spawnSync(process.execPath, [join(root, "dist/cli.js"), "detectors", "--json"], { encoding: "utf8", maxBuffer: 1 << 28 }).stdout).detectors;
  const readiness = new Map(listing.map((row) => [row.name, row.readiness]));
  const working = cases.filter(({ detector }) => readiness.get(detector) !== "planned");
  const names = [...new Set(working.map(({ detector }) => detector))].sort();
  const fitted = fits();
  const rows = names.map((name) => {
    const own = working.filter(({ detector }) => detector === name);
    const score = scoreOf(own);
    const peer = reference[name] ?? {};
    const floors = [peer.always_fire?.f1, peer.naive?.f1, peer.single_field?.f1, peer.reference?.f1];
    const floor = Math.max(0, ...floors.filter((value) => typeof value === "number"));
    const fit = fitted.get(name);
    return { name, score, floor, fit, cells: [`\`${name}\``, readiness.get(name), score.n, three(score.precision), three(score.recall), three(score.f1), three(fit?.oof), three(fit?.lso), three(calibration(own)), ...floors.map(three), score.positive === 0 ? "" : score.f1 > floor || score.f1 >= 0.97 ? "yes" : "**no**"] };
  });
  const many = rows.filter(({ score }) => score.n >= 20);
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const sure = working.filter(({ answer }) => answer.detected === true && answer.confidence >= 0.8);
  return [
    "## Labelled cases",
    "",
    `${working.length} cases of the ${names.length} working detectors that have any. In-sample: rules were written with these cases at hand; *out of`,
    "fold* and *leave source out* stand where weights were fitted.",
    "",
    ...table(["detector", "readiness", "n", "precision", "recall", "F1", "out of fold", "leave source out", "ECE of firings", "always fire", "naive", "best field", "reference", "above all"], rows.map(({ cells }) => cells)),
    "",
    `- Macro-F1 over the ${many.length} with at least 20 cases: ${three(mean(many.map(({ score }) => score.f1 ?? 0)))}.`,
    `- Calibration error of firings, pooled: ${three(calibration(working))}.`,
    `- Precision of firings with confidence of at least 0.8, pooled: ${three(sure.filter(({ expected }) => expected).length / Math.max(1, sure.length))} (${sure.length} firings).`,
  ];
}

/** Out-of-fold figures that the fitting script wrote beside the detectors. */
function fits() {
  const folder = join(root, "core/src/detectors/fit");
  const found = new Map();
  if (!existsSync(folder)) return found;
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".json"))) {
    const fit = JSON.parse(readFileSync(join(folder, file), "utf8"));
    found.set(file.slice(0, -5), { oof: fit.scores.out_of_fold, lso: fit.scores.leave_source_out });
  }
  return found;
}

function externalDetectors() {
  const sets = setsIn(join(data, "external/detectors"));
  const cases = sets.flatMap(({ name, rows }) => rows.map((row) => ({ set: name, detector: row.detector, expected: row.expected === true, question: { detector: row.detector, input: row.input } })));
  const answers = ask(cases.map(({ question }) => question));
  cases.forEach((item, i) => (item.answer = answers[i]));
  const answered = cases.filter(({ answer }) => answer.error === undefined);
  const groups = [...new Set(answered.map(({ set, detector }) => `${set} ${detector}`))].sort();
  return [
    "## Cases of other people's data sets",
    "",
    "Detector inputs made from published sets (`data/external/detectors`); nothing was fitted to them.",
    "",
    ...table(["set", "detector", "n", "positive", "precision", "recall", "F1", "false alarms"], groups.map((group) => {
      const [set, detector] = group.split(" ");
      const score = scoreOf(answered.filter((item) => item.set === set && item.detector === detector));
      return [set, `\`${detector}\``, score.n, score.positive, three(score.precision), three(score.recall), score.positive === 0 ? "" : three(score.f1), three(score.falseAlarms)];
    })),
  ];
}

function blind() {
  const folder = join(import.meta.dirname, "blind");
  const first = JSON.parse(readFileSync(join(folder, "first-scores.json"), "utf8"));
  const runs = new Map();
  const runOf = ({ set, id }) => {
    if (!runs.has(set)) runs.set(set, new Map(lines(join(data, "external/traces", `${set}.jsonl`)).map((row) => [row.id, row.trace])));
    return runs.get(set).get(id);
  };
  const cases = setsIn(folder).flatMap(({ rows }) => rows.map((row) => ({ detector: row.detector, expected: row.expect.fires === true, input: row.input ?? derive(row.derive, runOf(row.base), row.params) })));
  const answers = ask(cases.map(({ detector, input }) => ({ detector, input })));
  cases.forEach((item, i) => (item.answer = answers[i]));
  return [
    "## Blind cases",
    "",
    "Written from the definitions by someone who had not seen the code (`tests/golden/blind`). *First* is the score before anybody",
    "had looked at them; what was changed since makes *now* an in-sample figure.",
    "",
    ...table(["detector", "n", "first F1", "F1 now", "precision", "recall"], Object.keys(first).sort().map((name) => {
      const score = scoreOf(cases.filter(({ detector }) => detector === name));
      return [`\`${name}\``, score.n, three(first[name]), three(score.f1), three(score.precision), three(score.recall)];
    })),
  ];
}

const letters = (text) => String(text ?? "").toLowerCase().replace(/\(.*?\)/g, "").replace(/[^a-z0-9]/g, "");
const sameAgent = (a, b) => letters(a) !== "" && (letters(a) === letters(b) || letters(a) === letters(b).replace(/agent$/, "") || letters(b) === letters(a).replace(/agent$/, ""));

function externalTraces() {
  const sets = setsIn(join(data, "external/traces"));
  const runs = sets.flatMap(({ name, rows }) => rows.map((row) => ({ set: name, ...row })));
  const answers = ask(runs.map(({ source_format, trace }) => ({ source_format, trace })));
  runs.forEach((run, i) => (run.fired = (answers[i].detections ?? []).filter(({ detector }) => !(run.expected.not_scored ?? []).includes(detector)).sort((a, b) => b.confidence - a.confidence)));
  const healthy = runs.filter(({ expected }) => !expected.failure);
  const alarms = new Map();
  for (const run of healthy) for (const name of new Set(run.fired.map(({ detector }) => detector))) alarms.set(name, (alarms.get(name) ?? 0) + 1);
  const attributed = runs.filter(({ set, expected }) => set === "whowhen" && expected.failure);
  const hits = (right) => attributed.filter((run) => run.fired.length > 0 && right(run, run.fired[0])).length / Math.max(1, attributed.length);
  return [
    "## Recorded runs",
    "",
    `${healthy.length} healthy runs of other people (\`data/external/traces\`), default thresholds.`,
    "",
    ...(alarms.size === 0 ? ["No detector fires on any of them."] : table(["detector", "healthy runs with a firing", "per 100"], [...alarms].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, count]) => [`\`${name}\``, count, ((100 * count) / healthy.length).toFixed(1)]))),
    "",
    ...table(["set", "runs", "failing", "failing with a finding", "healthy with a finding"], sets.map(({ name }) => {
      const own = runs.filter(({ set }) => set === name);
      const found = (failure) => own.filter(({ expected, fired }) => expected.failure === failure && fired.length > 0).length;
      return [name, own.length, own.filter(({ expected }) => expected.failure).length, found(true), found(false)];
    })),
    "",
    `Attribution on Who&When (${attributed.length} failing runs; the surest finding names agent and step): agent ${three(hits((run, top) => sameAgent(top.agent, run.expected.agent)))}, step ${three(hits((run, top) => top.step === run.expected.step))}.`,
  ];
}

const text = [
  "# Accuracy",
  "",
  "Generated by `npm run score` from the built command and labelled data that is not part of this repository. Each figure can be had",
  "again with that data; what was not measured is left empty.",
  "",
  ...golden(),
  "",
  ...blind(),
  "",
  ...externalDetectors(),
  "",
  ...externalTraces(),
  "",
].join("\n");

if (!check) {
  writeFileSync(page, text);
  console.log("wrote docs/accuracy.md");
} else if (!existsSync(page) || readFileSync(page, "utf8") !== text) {
  console.error("docs/accuracy.md differs from what the built command does: run npm run score");
  process.exit(1);
} else {
  console.log("docs/accuracy.md is what the built command does");
}
