#!/usr/bin/env node
// Fits the learned correction of detectors to labelled cases, and writes <detector>.json and models.h beside itself.
//
//   AGENTMEND_DATA=… node core/src/detectors/fit/fit.mjs [--runner build/release/tests/run_vectors] [--write] NAME…
//
// Signals come from the core itself (`signals` of a detection). z = a logit(hand) + b + sum(beta x), x standardised and
// clipped to ±4, minimising class-balanced log-loss · C + ½|beta|² + ½·5C·(a−1)², beta kept to the declared direction.
// Fewer than 40 cases: a and b alone. Scores out of fold (5 folds × 3 seeds, near copies in one fold) and
// leave-source-out. Without --write it only reports.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const C = 0.03;
const MOST_SIGNALS = 30;
const FEW = 40;
const here = dirname(fileURLToPath(import.meta.url));
const args = process.argv.slice(2);
const take = (flag) => {
  const at = args.indexOf(flag);
  return at < 0 ? null : args.splice(at, 2)[1];
};
const runner = take('--runner') ?? join(here, '../../../../build/release/tests/run_vectors');
const write = args.includes('--write');
const names = args.filter((a) => !a.startsWith('--'));
const data = join(process.env.AGENTMEND_DATA ?? '', 'golden');

function sourceOf({ source_file: file }) {
  return file.includes('dify_expanded') ? 'dify' : file.includes('openclaw_expanded') ? 'openclaw' : 'other';
}

function texts(value) {
  if (typeof value === 'string') return [value];
  return value !== null && typeof value === 'object' ? Object.values(value).flatMap(texts) : [];
}

// Near copies (word Jaccard > 0.55) get one cluster.
function cluster(cases) {
  const bags = cases.map(({ input }) => new Set(texts(input).join(' ').toLowerCase().match(/[a-z0-9]+/g) ?? []));
  const root = cases.map((_, i) => i);
  const find = (i) => (root[i] === i ? i : (root[i] = find(root[i])));
  for (let i = 0; i < bags.length; i++) {
    for (let k = 0; k < i; k++) {
      let both = 0;
      for (const word of bags[i]) both += bags[k].has(word) ? 1 : 0;
      if (both / (bags[i].size + bags[k].size - both) > 0.55) root[find(i)] = find(k);
    }
  }
  return cases.map((_, i) => find(i));
}

function readCases(name) {
  const text = readFileSync(join(data, `${name}.jsonl`), 'utf8');
  const cases = text.trim().split('\n').map((line) => JSON.parse(line));
  const asked = cases.map(({ input }) => JSON.stringify({ op: 'detect_one', request: JSON.stringify({ detector: name, input }) }));
  const out = execFileSync(runner, { input: `${asked.join('\n')}\n`, encoding: 'utf8', maxBuffer: 1 << 28 });
  const answers = out.trim().split('\n').map((line) => JSON.parse(line));
  const groups = cluster(cases);
  return {
    hash: createHash('sha256').update(text).digest('hex').slice(0, 16),
    rows: cases.map((item, i) => {
      const answer = typeof answers[i] === 'string' ? JSON.parse(answers[i]) : answers[i];
      const signals = new Map((answer.signals ?? []).map((s) => [s.name, s]));
      const hand = signals.get('hand')?.value ?? answer.confidence ?? 0;  // without: the hand score is the confidence
      let least = 0;
      let most = 1;
      for (const [key, { value, weight }] of signals) {
        if (weight === 1) least = Math.max(least, value);
        if (key.startsWith('veto_')) most = Math.min(most, 1 + weight);
      }
      return { id: item.id, y: item.expected ? 1 : 0, hand, least, most, signals, source: sourceOf(item), group: groups[i], product: answer.confidence };
    }),
  };
}

const clip = (x, a, b) => Math.min(b, Math.max(a, x));
const logit = (p) => Math.log(clip(p, 0.001, 0.999) / (1 - clip(p, 0.001, 0.999)));
const sigmoid = (z) => 1 / (1 + Math.exp(-z));

function auc(rows, name) {
  const yes = rows.filter((r) => r.y).map((r) => r.signals.get(name)?.value ?? 0);
  const no = rows.filter((r) => !r.y).map((r) => r.signals.get(name)?.value ?? 0);
  if (yes.length === 0 || no.length === 0) return 0.5;
  let sum = 0;
  for (const a of yes) for (const b of no) sum += a > b ? 1 : a === b ? 0.5 : 0;
  return sum / (yes.length * no.length);
}

// Signals whose AUC lies on the declared side in every source with at least 12 cases, the best worst case first.
function select(rows, directions) {
  if (rows.length < FEW * 0.6) return [];
  const sources = [...new Set(rows.map((r) => r.source))].map((s) => rows.filter((r) => r.source === s)).filter((r) => r.length >= 12);
  const scored = [];
  for (const [name, direction] of directions) {
    const worst = Math.min(...[rows, ...sources].map((r) => direction * (auc(r, name) - 0.5)));
    const all = direction * (auc(rows, name) - 0.5);
    if (all > 0.01 && worst >= 0) scored.push([worst + all / 10, name]);
  }
  return scored.sort((p, q) => q[0] - p[0] || (p[1] < q[1] ? -1 : 1)).slice(0, MOST_SIGNALS).map(([, name]) => name);
}

function fit(rows, directions, few) {
  const chosen = few ? [] : select(rows, directions);
  const terms = chosen.map((name) => {
    const values = rows.map((r) => r.signals.get(name)?.value ?? 0);
    const mean = values.reduce((p, q) => p + q, 0) / values.length;
    const deviation = Math.max(0.05, Math.sqrt(values.reduce((p, q) => p + (q - mean) ** 2, 0) / values.length));
    return { signal: name, mean, deviation, beta: 0 };
  });
  const x = rows.map((r) => terms.map((t) => clip(((r.signals.get(t.signal)?.value ?? 0) - t.mean) / t.deviation, -4, 4)));
  const h = rows.map((r) => logit(r.hand));
  const positive = rows.filter((r) => r.y).length;
  const weight = rows.map((r) => (r.y ? rows.length / (2 * positive) : rows.length / (2 * (rows.length - positive))));
  let a = 1;
  let b = 0;
  const step = 1 / (1 + C * rows.length * 4);
  for (let round = 0; round < 4000; round++) {
    let ga = 5 * C * (a - 1);
    let gb = 0;
    const g = terms.map((t) => t.beta);
    rows.forEach((r, i) => {
      const e = C * weight[i] * (sigmoid(a * h[i] + b + terms.reduce((s, t, k) => s + t.beta * x[i][k], 0)) - r.y);
      ga += e * h[i];
      gb += e;
      for (let k = 0; k < g.length; k++) g[k] += e * x[i][k];
    });
    a = clip(a - step * 0.2 * ga, 0.3, 3);
    b -= step * gb;
    terms.forEach((t, k) => {
      t.beta -= step * g[k];
      if (t.beta * directions.get(t.signal) < 0) t.beta = 0;
    });
  }
  return { a, b, terms: terms.filter((t) => Math.abs(t.beta) > 0.01) };
}

function predict({ a, b, terms }, r) {
  let z = a * logit(r.hand) + b;
  for (const t of terms) z += t.beta * clip(((r.signals.get(t.signal)?.value ?? 0) - t.mean) / t.deviation, -4, 4);
  return Math.min(r.most, Math.max(r.least, sigmoid(z)));
}

function score(pairs) {
  const tp = pairs.filter(([p, y]) => p >= 0.5 && y).length;
  const fp = pairs.filter(([p, y]) => p >= 0.5 && !y).length;
  const fn = pairs.filter(([p, y]) => p < 0.5 && y).length;
  const high = pairs.filter(([p]) => p >= 0.8);
  return { f1: (2 * tp) / Math.max(1, 2 * tp + fp + fn), precision: tp / Math.max(1, tp + fp), recall: tp / Math.max(1, tp + fn), high: high.length, high_precision: high.length ? high.filter(([, y]) => y).length / high.length : null };
}

// A shuffle that is the same everywhere (mulberry32).
function random(seed) {
  let s = seed;
  return () => {
    s = (s + 0x6d2b79f5) | 0;
    let t = Math.imul(s ^ (s >>> 15), 1 | s);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

function outOfFold(rows, directions, few) {
  const pairs = [];
  for (const seed of [1, 2, 3]) {
    const next = random(seed);
    const groups = [...new Set(rows.map((r) => r.group))].map((g) => [next(), g]).sort((p, q) => p[0] - q[0]).map(([, g]) => g);
    const fold = new Map(groups.map((g, i) => [g, i % 5]));
    for (let k = 0; k < 5; k++) {
      const model = fit(rows.filter((r) => fold.get(r.group) !== k), directions, few);
      for (const r of rows) if (fold.get(r.group) === k) pairs.push([predict(model, r), r.y, r.id]);
    }
  }
  return pairs;
}

function leaveSourceOut(rows, directions, few) {
  const found = [];
  for (const source of new Set(rows.map((r) => r.source))) {
    const test = rows.filter((r) => r.source === source);
    const train = rows.filter((r) => r.source !== source);
    if (test.length < 8 || train.length < 12 || !train.some((r) => r.y) || train.every((r) => r.y)) continue;
    const model = fit(train, directions, few);
    found.push(score(test.map((r) => [predict(model, r), r.y])).f1);
  }
  return found.length > 1 ? found.reduce((p, q) => p + q, 0) / found.length : null;
}

const show = (x) => (x === null ? '–' : x.toFixed(3));
const pooled = [];
for (const name of names) {
  const { hash, rows } = readCases(name);
  const directions = new Map();
  for (const r of rows) for (const [key, s] of r.signals) if (s.weight !== 0 && s.weight !== 1 && !key.startsWith('veto_')) directions.set(key, Math.sign(s.weight));
  const few = rows.length < FEW;
  const hand = score(rows.map((r) => [Math.min(r.most, Math.max(r.least, r.hand)), r.y]));
  const pairs = outOfFold(rows, directions, few);
  pooled.push(...pairs);
  const oof = score(pairs);
  const lso = leaveSourceOut(rows, directions, few);
  const product = score(rows.map((r) => [r.product, r.y]));
  console.log(`${name.padEnd(22)} n ${String(rows.length).padStart(3)}  hand ${show(hand.f1)} (P ${show(hand.precision)} R ${show(hand.recall)})  OOF ${show(oof.f1)} (P ${show(oof.precision)} R ${show(oof.recall)}; ≥0.8: ${show(oof.high_precision)} of ${Math.round(oof.high / 3)})  LSO ${show(lso)}  product ${show(product.f1)}`);
  if (process.env.FIT_ERRORS) {
    const wrong = new Map();
    for (const [p, y, id] of pairs) if ((p >= 0.5) !== (y === 1)) wrong.set(id, `${y ? 'missed' : 'false '} ${id}`);
    for (const r of rows) if (wrong.has(r.id)) console.log(`  ${wrong.get(r.id)} hand ${r.hand} ${[...r.signals.values()].map((s) => `${s.name}=${s.value}`).join(' ')}`);
  }
  if (process.env.FIT_SIGNALS) {
    for (const [key, d] of directions) console.log(`  ${key.padEnd(24)} ${d > 0 ? '+' : '-'} auc ${auc(rows, key).toFixed(2)}  ${['dify', 'openclaw', 'other'].map((s) => auc(rows.filter((r) => r.source === s), key).toFixed(2)).join(' ')}`);
  }
  if (write) {
    const model = fit(rows, directions, few);
    const round = (x) => Number(x.toFixed(4));
    const terms = model.terms.map((t) => ({ signal: t.signal, mean: round(t.mean), deviation: round(t.deviation), beta: round(t.beta) }));
    writeFileSync(join(here, `${name}.json`), `${JSON.stringify({ detector: name, version: 1, data: hash, cases: rows.length, C, a: round(model.a), b: round(model.b), terms, scores: { hand: round(hand.f1), out_of_fold: round(oof.f1), leave_source_out: lso === null ? null : round(lso) } }, null, 1)}\n`);
  }
}
if (pooled.length > 0) {
  const firing = pooled.filter(([p]) => p >= 0.5);
  let error = 0;
  for (let bin = 5; bin < 10; bin++) {
    const inside = firing.filter(([p]) => Math.min(9, Math.floor(p * 10)) === bin);
    if (inside.length > 0) error += Math.abs(inside.reduce((s, [p, y]) => s + p - y, 0)) / firing.length;
  }
  const all = score(pooled);
  console.log(`pooled: calibration error of firings ${error.toFixed(3)}, precision at >= 0.8 ${show(all.high_precision)}`);
}

if (write) {
  const models = readdirSync(here).filter((f) => f.endsWith('.json')).sort().map((f) => JSON.parse(readFileSync(join(here, f), 'utf8')));
  const number = (x) => `${Number.isInteger(x) ? `${x}.0` : x}f`;
  const terms = models.flatMap((m) => m.terms);
  let first = 0;
  const lines = models.map((m) => {
    const line = `    {"${m.detector}", ${number(m.a)}, ${number(m.b)}, ${first}, ${m.terms.length}},`;
    first += m.terms.length;
    return line;
  });
  writeFileSync(join(here, 'models.h'), `// Written by fit.mjs. Do not edit.
#pragma once

#include "detectors/fit/model.h"

namespace agentmend::fit {

// clang-format off
constexpr Term kTerms[] = {
${(terms.length > 0 ? terms : [{ signal: '', mean: 0, deviation: 1, beta: 0 }]).map((t) => `    {"${t.signal}", ${number(t.mean)}, ${number(t.deviation)}, ${number(t.beta)}},`).join('\n')}
};
constexpr Model kModels[] = {
${lines.join('\n')}
};
// clang-format on

}  // namespace agentmend::fit
`);
}
if (!existsSync(runner)) process.exitCode = 1;
