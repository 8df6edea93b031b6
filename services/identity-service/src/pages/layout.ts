import { randomToken } from '#libs/crypto/tokens.ts'
import type { RawReply } from '#libs/http/raw-messages.ts'
import { Html, html, type Part } from './html.ts'
import { STYLE } from './style.ts'
import type { Words } from './words/words.ts'

/** One page, before it has its frame. */
export interface Page {
  status: number
  title: string
  body: Html
  /** A script of ours, where the page cannot do without (passkeys). It runs by its nonce alone. */
  script?: string
}

/** What every page of an interaction is framed with. */
export interface Frame {
  words: Words
  /** Where forms may lead besides to the bank itself: Chromium holds redirects after a form to `form-action`, too. */
  redirect_origin: string | null
  set_cookies: readonly string[]
}

/**
 * A whole page as an answer. Nothing is loaded from anywhere, nobody frames it, nobody keeps it. `same-origin` and not `no-referrer`: with that one
 * browsers send `Origin: null` with a form, which could not be told from a stranger's; to the third party no address goes either way.
 */
export function pageReply(
  { status, title, body, script }: Page,
  { words, redirect_origin, set_cookies }: Frame,
): RawReply {
  const nonce = randomToken()
  const policy = [
    "default-src 'none'",
    `style-src 'nonce-${nonce}'`,
    ...(script === undefined ? [] : [`script-src 'nonce-${nonce}'`]),
    `form-action 'self'${redirect_origin === null ? '' : ` ${redirect_origin}`}`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ]
  const text = html`<!doctype html>
<html lang="${words.language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>${title} · ${words.bank}</title>
<style nonce="${nonce}">${STYLE}</style>
</head>
<body>
<header><span class="mark" aria-hidden="true">B</span><span>${words.bank}</span></header>
<main>${body}</main>
${scriptOf(script, nonce)}
</body>
</html>
`
  return {
    status,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': policy.join('; '),
      'cache-control': 'no-store',
      'referrer-policy': 'same-origin',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'cross-origin-opener-policy': 'same-origin',
      'permissions-policy': 'publickey-credentials-get=(self)',
      ...(set_cookies.length === 0 ? {} : { 'set-cookie': set_cookies }),
    },
    body: text.markup,
  }
}

function scriptOf(script: string | undefined, nonce: string): Part {
  return script === undefined ? null : html`<script nonce="${nonce}">${new Html(script)}</script>`
}
