import type { FactorWord } from '#contracts/enums.ts'
import type { Offer } from '../store/challenge-offers.ts'
import { type Html, html, type Part } from './html.ts'
import type { Page } from './layout.ts'
import { type At, errorSummary, form, stepButton, type Wrong, wrongField } from './parts.ts'

/** What the page of a factor knows. */
export interface FactorView {
  offer: Offer
  /** All that this challenge can be answered with. */
  factors: readonly FactorWord[]
  /** What is confirmed; null for a sign-in. */
  shown: Html | null
  /** On the button that confirms. */
  confirm: string
  wrong: Wrong | null
}

/** Prove that it is you, and where something is confirmed, that you want exactly that. */
export function factorPage(at: At, { offer, factors, shown, confirm, wrong }: FactorView): Page {
  const { words } = at
  const body = html`${errorSummary(at, wrong)}
<h1>${words.confirm_you}</h1>
${shown}
<p>${words.ask_factor[offer.factor]}${offer.sent_to === undefined ? null : html` ${words.sent_to(offer.sent_to)}`}</p>
${questionOf(at, { offer, shown, confirm, wrong })}
${otherWays(at, offer.factor, factors)}
${shown === null ? null : form(at, html`<div class="choices">${stepButton('change', words.change, html` class="other"`)}</div>`)}`
  const page = { status: wrong === null ? 200 : 422, title: words.confirm_you, body }
  return offer.factor === 'PASSKEY' ? { ...page, script: PASSKEY_SCRIPT } : page
}

function questionOf(at: At, { offer, shown, confirm, wrong }: Omit<FactorView, 'factors'>): Html {
  const { words } = at
  // Who is about to allow something can deny it as easily; a sign-in is only left.
  const leave =
    shown === null
      ? stepButton('deny', words.cancel, html` class="other" formnovalidate`)
      : stepButton('deny', words.deny, html` formnovalidate`)
  switch (offer.factor) {
    case 'PASSKEY':
      return form(
        at,
        html`<input type="hidden" name="passkey" value="">
<noscript><p class="note">${words.needs_script}</p></noscript>
<div class="choices"><button type="button" hidden>${words.use_passkey}</button>
${leave}</div>
<input type="hidden" name="step" value="answer">`,
        html` data-passkey="${JSON.stringify(offer.passkey_options)}"`,
      )
    case 'PUSH':
      return form(
        at,
        html`<p>${words.match_number}</p><p class="number">${offer.match_number ?? ''}</p>
<input type="hidden" name="push" value="true">
<div class="choices">${stepButton('answer', words.approved)}
${leave}</div>`,
      )
    case 'PASSWORD':
      return form(
        at,
        html`<label for="password">${words.password}</label>
<input id="password" name="password" type="password" autocomplete="current-password" required maxlength="128">
<div class="choices">${stepButton('answer', confirm)}
${leave}</div>`,
      )
    case 'TOTP':
    case 'SMS':
    case 'EMAIL':
    case 'RECOVERY_CODE':
      return form(
        at,
        html`<label for="code">${words.code}</label>
<input id="code" name="code" type="text" autocomplete="one-time-code" inputmode="${offer.factor === 'RECOVERY_CODE' ? 'text' : 'numeric'}"
 required maxlength="11"${wrong === null ? html` autofocus` : null}${wrongField('code', wrong)}>
<div class="choices">${stepButton('answer', confirm)}
${leave}</div>`,
      )
    default:
      return offer.factor satisfies never
  }
}

/** The other factors, and a new code where one was sent. */
function otherWays(at: At, factor: FactorWord, factors: readonly FactorWord[]): Part {
  const { words } = at
  const others = factors.filter((other) => other !== factor)
  const again = factor === 'SMS' || factor === 'EMAIL' ? [wayButton(at, factor, words.send_again)] : []
  if (others.length + again.length === 0) return null
  return html`<h2>${words.other_way}</h2>
${[...others.map((other) => wayButton(at, other, words.factor[other])), ...again]}`
}

function wayButton(at: At, factor: FactorWord, text: string): Html {
  return form(
    at,
    html`<input type="hidden" name="factor" value="${factor}">${stepButton('offer', text, html` class="link"`)}`,
  )
}

/** Asks the authenticator and sends what it signed. It touches nothing but its own form. */
const PASSKEY_SCRIPT = `
const form = document.querySelector('[data-passkey]')
const button = form.querySelector('button[type=button]')
const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (sign) => sign.charCodeAt(0))
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\\+/g, '-').replace(/\\//g, '_').replace(/=+$/, '')
async function ask() {
  const options = JSON.parse(form.dataset.passkey)
  const allowCredentials = (options.allowCredentials ?? []).map((one) => ({ ...one, id: bytes(one.id) }))
  const publicKey = { ...options, challenge: bytes(options.challenge), allowCredentials }
  const { id, rawId, type, response, authenticatorAttachment } = await navigator.credentials.get({ publicKey })
  const { clientDataJSON, authenticatorData, signature, userHandle } = response
  const signed = { clientDataJSON: text(clientDataJSON), authenticatorData: text(authenticatorData), signature: text(signature) }
  if (userHandle !== null) signed.userHandle = text(userHandle)
  form.elements.passkey.value = JSON.stringify({ id, rawId: text(rawId), type, response: signed, clientExtensionResults: {}, authenticatorAttachment: authenticatorAttachment ?? undefined })
  form.submit()
}
if (window.PublicKeyCredential !== undefined) {
  button.hidden = false
  button.addEventListener('click', () => ask().catch(() => button.focus()))
}
`
