const STYLE =
  'body{font:16px/1.5 system-ui,sans-serif;max-width:32rem;margin:15vh auto;padding:0 1rem;color:#17202a;background:#fff}' +
  'h1{font-size:1.4rem}button{font:inherit;padding:.5rem 1rem;margin-right:.5rem}' +
  '@media (prefers-color-scheme:dark){body{color:#e8edf2;background:#10161d}}'

/** Text that means nothing to a browser but itself. */
export function escaped(text: unknown): string {
  const signs: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }
  return String(text).replace(/[&<>"']/g, (sign) => signs[sign] as string)
}

function screen(title: string, body: string): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${escaped(title)} · BankFlow</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><style>${STYLE}</style></head>
<body><main><h1>${escaped(title)}</h1>${body}</main></body></html>`
}

/** What a browser is shown when a third party's request cannot be answered to the third party itself. */
export function errorScreen(error: { error: string; error_description?: string | undefined }): string {
  return screen(
    'This request cannot be carried out',
    `<p>The site that sent you here asked for something that the bank does not do. Nothing was allowed, nothing moved. Go back and try again.</p>
<p><small>${escaped(error.error)}${error.error_description === undefined ? '' : `: ${escaped(error.error_description)}`}</small></p>`,
  )
}

/** Asks whether somebody wants to sign out; `form` is the library's own. */
export function signOutScreen(form: string): string {
  return screen(
    'Sign out of the bank?',
    `${form}<p>The site that sent you here asks you to sign out.</p>
<button type="submit" form="op.logoutForm" value="yes" name="logout">Sign out</button>
<button type="submit" form="op.logoutForm">Stay signed in</button>`,
  )
}

/** After that. */
export function signedOutScreen(): string {
  return screen('You are signed out', '<p>You can close this page.</p>')
}

/** For pages of the authorization server itself: nothing is loaded, nothing runs, nobody frames them. */
export const SCREEN_CSP = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'"
