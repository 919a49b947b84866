import { html } from "hono/html";

import { nothing, visible, type Html } from "./text.js";

export interface Viewer {
  readonly name: string;
  readonly csrf: string;
}

/** The frame of every page. Works without JavaScript. */
export function page(title: string, viewer: Viewer | null, body: Html): Html {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · agentmend</title>
<link rel="stylesheet" href="/assets/style.css">
<script src="/assets/card.js" defer></script>
</head>
<body>
<a class="skip" href="#main">Skip to content</a>
<header>
<a class="brand" href="/inbox">agentmend</a>
${viewer === null ? nothing : navigation(viewer)}
</header>
<main id="main">
${body}
</main>
</body>
</html>`;
}

function navigation(viewer: Viewer): Html {
  return html`<nav aria-label="Pages"><a href="/inbox">Inbox</a> <a href="/governance">Governance</a> <a href="/audit">Audit</a></nav>
<form method="post" action="/session/end" class="who"><input type="hidden" name="csrf" value="${viewer.csrf}"><span>${visible(viewer.name)}</span> <button type="submit" class="quiet">Sign out</button></form>`;
}

/** Asks who is there. */
export function signIn(next: string, title: Html | null, error: string | null): Html {
  return page(
    "Sign in",
    null,
    html`<h1>Sign in</h1>
${title === null ? nothing : html`<p>Somebody asks for: <strong>${title}</strong></p>`}
<p>Only a person can decide. Sign in with your own key.</p>
${error === null ? nothing : html`<p class="error" role="alert">${error}</p>`}
<form method="post" action="/session" class="stack">
<input type="hidden" name="next" value="${next}">
<label for="key">Your key</label>
<input id="key" name="key" type="password" autocomplete="current-password" required spellcheck="false" placeholder="amk_…">
<p class="note">The key that was shown when the endpoint was first started, or one that an admin made for you.</p>
<button type="submit">Sign in</button>
</form>`,
  );
}

/** Says what went wrong, and that nothing happened. */
export function problemPage(title: string, detail: string, viewer: Viewer | null): Html {
  return page(title, viewer, html`<h1>${title}</h1><p role="alert" class="error">${detail}</p><p><a href="/inbox">Back to the inbox</a></p>`);
}
