import type { startPasskey } from '#contracts/api/identity-factors.ts'
import type { ReplyOf } from '#libs/contract/operation.ts'
import type { RawReply, RawRequest } from '#libs/http/raw-messages.ts'
import { html } from './html.ts'
import { type Page, pageReply } from './layout.ts'
import { wordsFor } from './words.ts'

/** What the pages of an invitation know. Staff read English. */
const TITLE = 'Your passkey'
const PATH = '/api/v1/auth/enrol'

/** A page of an enrolment as an answer. */
export function enrolmentReply(page: Page, { headers }: Pick<RawRequest, 'headers'>): RawReply {
  const words = wordsFor('en', headers['accept-language'])
  return pageReply(page, { words, redirect_origin: null, set_cookies: [] })
}

/** The first page takes the invitation out of its link, or asks for it, and goes on. */
export function invitationPage(wrong: string | null = null): Page {
  const body = html`${wrong === null ? null : html`<div class="error" role="alert"><p>${wrong}</p></div>`}
<h1>${TITLE}</h1>
<p>You were invited to work at the bank. You sign in with a passkey: a key in your computer, your telephone or a security key, which only you can use.</p>
<form method="post" action="${PATH}" data-invitation>
<label for="invitation">Your invitation</label>
<input id="invitation" name="invitation" type="text" autocomplete="off" required maxlength="43">
<div class="choices"><button type="submit">Go on</button></div>
</form>`
  return { status: wrong === null ? 200 : 410, title: TITLE, body, script: INVITATION_SCRIPT }
}

/** The second page makes the passkey. */
export function passkeyPage(about: {
  invitation: string
  options: ReplyOf<typeof startPasskey>['options']
  wrong: string | null
}): Page {
  const { invitation, options, wrong } = about
  const body = html`${wrong === null ? null : html`<div class="error" role="alert"><p>${wrong}</p></div>`}
<h1>${TITLE}</h1>
<p>For ${options.user.name}. Your device will ask for its PIN, your finger or your face; the bank learns none of them.</p>
<form method="post" action="${PATH}" data-passkey="${JSON.stringify(options)}">
<input type="hidden" name="invitation" value="${invitation}"><input type="hidden" name="credential" value="">
<label for="name">What do you call this passkey?</label>
<input id="name" name="name" type="text" value="My first passkey" required maxlength="60">
<noscript><p class="note">A passkey needs JavaScript in your browser.</p></noscript>
<div class="choices"><button type="submit" hidden>Make the passkey</button></div>
<p class="note" data-unable hidden>This browser cannot make a passkey. Open the link on another one.</p>
</form>`
  return { status: wrong === null ? 200 : 422, title: TITLE, body, script: PASSKEY_SCRIPT }
}

/** The last page. */
export function enrolledPage(): Page {
  const body = html`<h1>Your passkey is ready</h1>
<p>Sign in with it from now on. The invitation is used up.</p>
<p><a href="/">To the bank</a></p>`
  return { status: 200, title: TITLE, body }
}

/** The invitation stands behind the # of the link, which no server sees; it is taken out of the address at once. */
const INVITATION_SCRIPT = `
const form = document.querySelector('[data-invitation]')
const invitation = location.hash.slice(1)
history.replaceState(null, '', location.pathname)
if (/^[A-Za-z0-9_-]{43}$/.test(invitation)) {
  form.elements.invitation.value = invitation
  form.submit()
}
`

/** Asks the authenticator for a new key and sends what it made. It touches nothing but its own form. */
const PASSKEY_SCRIPT = `
const form = document.querySelector('[data-passkey]')
const button = form.querySelector('button')
const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (sign) => sign.charCodeAt(0))
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\\+/g, '-').replace(/\\//g, '_').replace(/=+$/, '')
async function make() {
  const options = JSON.parse(form.dataset.passkey)
  const excludeCredentials = options.excludeCredentials.map((one) => ({ ...one, id: bytes(one.id) }))
  const user = { ...options.user, id: bytes(options.user.id) }
  const publicKey = { ...options, user, challenge: bytes(options.challenge), excludeCredentials }
  const { id, rawId, type, response } = await navigator.credentials.create({ publicKey })
  const made = { clientDataJSON: text(response.clientDataJSON), attestationObject: text(response.attestationObject), transports: response.getTransports() }
  form.elements.credential.value = JSON.stringify({ id, rawId: text(rawId), type, response: made, clientExtensionResults: {} })
  form.submit()
}
if (window.PublicKeyCredential === undefined) form.querySelector('[data-unable]').hidden = false
else {
  button.hidden = false
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    make().catch(() => button.focus())
  })
}
`
