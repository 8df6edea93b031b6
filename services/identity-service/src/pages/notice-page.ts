import { html } from './html.ts'
import type { Page } from './layout.ts'
import { type At, form, stepButton } from './parts.ts'

/** A page that only says something. */
export function noticePage(about: { status: number; title: string; text: string }): Page {
  const body = html`<h1>${about.title}</h1>
<p>${about.text}</p>`
  return { status: about.status, title: about.title, body }
}

/** The same with the way back to the third party: nothing is allowed. */
export function leavePage(at: At, about: { status: number; title: string; text: string }): Page {
  const page = noticePage(about)
  const leave = form(at, html`<div class="choices">${stepButton('deny', at.words.cancel)}</div>`)
  return { ...page, body: html`${page.body}${leave}` }
}
