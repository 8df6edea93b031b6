import { html } from './html.ts'
import type { Page } from './layout.ts'
import { type At, errorSummary, form, plain, stepButton, type Wrong, wrongField } from './parts.ts'

/** What the sign-in page knows. */
export interface SignInView {
  client_name: string
  /** The address to begin with: what was typed, or what the third party thinks (`login_hint`). */
  email: string
  /** A demo user and his password; null where there are none. */
  demo: { email: string; password: string } | null
  wrong: Wrong | null
}

/** Who are you? */
export function signInPage(at: At, { client_name, email, demo, wrong }: SignInView): Page {
  const { words } = at
  const body = html`${errorSummary(at, wrong)}
<h1>${words.sign_in}</h1>
<p class="soft">${words.sign_in_for(plain(client_name))}</p>
${demo === null ? null : html`<p class="note">${words.demo(demo.email, demo.password)}</p>`}
${form(
  at,
  html`<label for="email">${words.email}</label>
<input id="email" name="email" type="email" autocomplete="username" required maxlength="254" value="${email}"${wrongField('email', wrong)}>
<label for="password">${words.password}</label>
<input id="password" name="password" type="password" autocomplete="current-password" required maxlength="128"${wrongField('password', wrong)}>
<div class="choices">
${stepButton('sign_in', words.continue)}
${stepButton('deny', words.cancel, html` class="other" formnovalidate`)}
</div>`,
)}`
  return { status: wrong === null ? 200 : 422, title: words.sign_in, body }
}
