import { Hono, type Context } from "hono";

import type { Caller } from "../callers.js";
import { decidedText, decide, type DecisionInput } from "../decide.js";
import { decisionDocument, docOf, open } from "../escalation.js";
import { asProblem } from "../http/answer-problem.js";
import { readJson } from "../http/read-json.js";
import { byUrgency } from "../http/escalations.js";
import { bodyText } from "../http/once.js";
import { readCard } from "../http/wait.js";
import { invalid, Problem } from "../problem.js";
import { signingOf, type Services } from "../services.js";
import { historyOf, newestEvents, readHeadOf } from "../store/audit.js";
import { listCases } from "../store/cases.js";
import { decisionsOf, listEscalations, projectOfEscalation, usedBefore } from "../store/escalations.js";
import script from "./card.client.js";
import { cardPage, wordToType } from "./card.js";
import { problemPage, signIn } from "./layout.js";
import { auditPage, governancePage, inboxPage } from "./lists.js";
import { begin, checkForm, end, isHttps, whoIs, type SignedIn } from "./session.js";
import style from "./style.css";
import { visible } from "./text.js";

const policy = "default-src 'none'; style-src 'self'; script-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";
const cardPath = /^\/a\/esc_[0-9A-Z]{26}$/;

/** The pages. A GET changes nothing; only a POST with the session's token decides. */
export function pageRoutes(services: Services): Hono {
  const routes = new Hono();
  routes.use(async (c, next) => {
    await next();
    c.header("Content-Security-Policy", policy);
    if (isHttps(services)) c.header("Strict-Transport-Security", "max-age=31536000");
  });
  routes.onError((error, c) => refusal(services, c, error));
  routes.get("/", (c) => c.redirect("/inbox"));
  routes.get("/assets/style.css", (c) => c.body(style, 200, { "Content-Type": "text/css; charset=utf-8" }));
  routes.get("/assets/card.js", (c) => c.body(script, 200, { "Content-Type": "text/javascript; charset=utf-8" }));
  routes.get("/inbox", (c) => signedInPage(services, c, inbox));
  routes.get("/governance", (c) => signedInPage(services, c, async (_, __, { caller, viewer }) => c.html(governancePage(await listCases(services.store.db, caller.scope, undefined), viewer))));
  routes.get("/audit", (c) => signedInPage(services, c, audit));
  routes.get("/a/:id", (c) => card(services, c));
  routes.get("/a/:id/request", (c) => signedInPage(services, c, wholeRequest));
  routes.post("/a/:id/decision", (c) => decideHere(services, c));
  routes.post("/session", (c) => startSession(services, c));
  routes.post("/session/end", (c) => stopSession(services, c));
  return routes;
}

function refusal(services: Services, c: Context, error: unknown): Response | Promise<Response> {
  const { title, detail, status } = asProblem(services, error, c).document("") as { title: string; detail: string; status: number };
  return c.html(problemPage(title, detail, null), status as 400);
}

async function signedInPage(services: Services, c: Context, show: (services: Services, c: Context, who: SignedIn) => Response | Promise<Response>): Promise<Response> {
  const who = await whoIs(services, c);
  return who === null ? c.html(signIn(new URL(c.req.url).pathname, null, null)) : show(services, c, who);
}

async function inbox(services: Services, c: Context, { caller, viewer }: SignedIn): Promise<Response> {
  const now = services.now();
  const rows = await listEscalations(services.store.db, caller.scope, { limit: 200 });
  const waiting = rows.filter(({ status, expires_at_ms }) => open.includes(status) && expires_at_ms > now).sort(byUrgency);
  const done = rows.filter(({ status }) => !open.includes(status)).slice(0, 20);
  return c.html(inboxPage(waiting, done, viewer, now));
}

async function audit(services: Services, c: Context, { caller, viewer }: SignedIn): Promise<Response> {
  const head = await readHeadOf(services.store.db, caller.scope);
  const events = await newestEvents(services.store.db, caller.scope, 100);
  const lines = events.map(({ seq, at_ms, type, subject, actor }) => ({ seq, at_ms, type, subject: subject.id, who: actor.id }));
  return c.html(auditPage(lines, head?.hash ?? null, services.auditKey !== null, viewer));
}

/** The caller in the project of this card; a card of another project of his is not found. */
async function inProject(services: Services, who: SignedIn, id: string): Promise<Caller> {
  if (!who.allProjects) return who.caller;
  const project = await projectOfEscalation(services.store.db, who.caller.scope.tenant, id);
  return project === undefined ? who.caller : { ...who.caller, scope: { ...who.caller.scope, project } };
}

async function card(services: Services, c: Context): Promise<Response> {
  const id = c.req.param("id") ?? "";
  const who = await whoIs(services, c);
  if (who === null) return c.html(signIn(`/a/${id}`, await titleOf(services, id), null));
  return showCard(services, c, who, id, null, 200);
}

// All that a stranger with the link may see.
async function titleOf(services: Services, id: string): Promise<ReturnType<typeof visible> | null> {
  const row = await services.store.db.selectFrom("escalations").select("title").where("id", "=", id).executeTakeFirst();
  return row === undefined ? null : visible(row.title);
}

async function showCard(services: Services, c: Context, who: SignedIn, id: string, error: string | null, status: number): Promise<Response> {
  const caller = await inProject(services, who, id);
  const row = await readCard(services, caller, id);
  const decisions = await decisionsOf(services.store.db, caller.scope, id);
  const now = services.now();
  const history = await historyOf(services.store.db, caller.scope, id);
  const view = {
    row,
    decision: decisionDocument(row, decisions, await signingOf(services, caller.scope), now),
    approvers: decisions.filter(({ decision }) => decision === "approved").map(({ display, principal }) => display ?? principal.replace(/^user:/, "")),
    used: (await usedBefore(services.store.db, caller.scope, row)) ?? null,
    history: history.map(({ type, at_ms, doc }) => ({ type, at_ms, who: (JSON.parse(doc) as { actor: { id: string } }).actor.id })),
    viewer: who.viewer,
    now,
    error,
  };
  return c.html(cardPage(view), status as 200);
}

async function wholeRequest(services: Services, c: Context, who: SignedIn): Promise<Response> {
  const id = c.req.param("id") ?? "";
  const row = await readCard(services, await inProject(services, who, id), id);
  return c.body(JSON.stringify(docOf(row).request, null, 2), 200, { "Content-Type": "text/plain; charset=utf-8" });
}

async function readForm(c: Context): Promise<URLSearchParams> {
  if (!/^application\/x-www-form-urlencoded/i.test(c.req.header("Content-Type") ?? "")) throw new Problem("unsupported_media_type", "Send the form of the page.");
  return new URLSearchParams(await bodyText(c));
}

async function decideHere(services: Services, c: Context): Promise<Response> {
  const id = c.req.param("id") ?? "";
  const who = await whoIs(services, c);
  if (who === null) throw new Problem("unauthenticated", "Sign in first. Nothing was changed.");
  const form = await readForm(c);
  checkForm(services, c, who, form.get("csrf") ?? "");
  const caller = await inProject(services, who, id);
  try {
    services.rates.take("decide", `${caller.scope.tenant} ${caller.principal}`);
    const input = readDecision(form);
    await services.store.change(caller.scope, async (unit) => {
      const row = await readCard(services, caller, id, unit);
      const word = wordToType(row);
      if (open.includes(row.status) && (input.decision === "approved" || input.decision === "edited") && word !== null && (form.get("confirm") ?? "").trim() !== word) {
        throw invalid("/confirm", `To approve, type ${word} into the field above the buttons. Nothing was changed.`);
      }
      return decide(unit, caller, id, input, services.leastAuth);
    });
  } catch (error) {
    if (!(error instanceof Problem) || error.status === 404 || error.status >= 500) throw error;
    return showCard(services, c, who, id, error.code === "already_decided" ? await alreadyText(services, caller, id) : error.message.replace(/^\/\w+: /, ""), error.status);
  }
  return c.redirect(`/a/${id}`, 303);
}

async function alreadyText(services: Services, caller: Caller, id: string): Promise<string> {
  return `Already decided. ${await services.store.change(caller.scope, async (unit) => decidedText(unit, await readCard(services, caller, id, unit)))}`;
}

function readDecision(form: URLSearchParams): DecisionInput {
  const decision = form.get("decision");
  if (decision !== "approved" && decision !== "rejected" && decision !== "edited" && decision !== "acknowledged" && decision !== "resolved") throw invalid("/decision", "Choose one of the buttons.");
  const hash = form.get("binding_hash") ?? "";
  const rev = Number(form.get("rev") ?? "");
  if (hash === "" || !Number.isSafeInteger(rev) || rev < 1) throw new Problem("precondition_required", "The form does not say what was shown. Open the page again. Nothing was changed.");
  const note = (form.get("note") ?? "").trim().slice(0, 2000);
  const outcome = form.get("outcome") ?? "";
  if (outcome !== "" && !["confirmed_violation", "false_alarm", "accepted_exception"].includes(outcome)) throw invalid("/outcome", "Choose one of the outcomes.");
  return { decision, binding_hash: hash, rev, note: note === "" ? null : note, outcome: outcome === "" ? null : outcome, ...(decision === "edited" ? { edited_args: readJson(form.get("edited_args") ?? "") } : {}) };
}

async function startSession(services: Services, c: Context): Promise<Response> {
  const form = await readForm(c);
  const wanted = form.get("next") ?? "";
  const next = cardPath.test(wanted) || ["/inbox", "/governance", "/audit"].includes(wanted) ? wanted : "/inbox";
  try {
    await begin(services, c, form.get("key") ?? "");
  } catch (error) {
    if (!(error instanceof Problem) || error.code === "csrf") throw error;
    return c.html(signIn(next, null, error.message), error.status as 401);
  }
  return c.redirect(next, 303);
}

async function stopSession(services: Services, c: Context): Promise<Response> {
  const who = await whoIs(services, c);
  const form = await readForm(c);
  if (who !== null) checkForm(services, c, who, form.get("csrf") ?? "");
  await end(services, c);
  return c.redirect("/inbox", 303);
}
