import type { Message } from './messages.ts'

/** What the shop sells. */
export interface Ware {
  id: string
  name: string
  amount_cents: number
}

/** An order as its page shows it. */
export interface ShownOrder {
  ware: Ware
  currency: string
  outcome: string
  transaction: Readonly<Record<string, unknown>> | undefined
  messages: readonly Message[]
}

const STYLE = `
:root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}
body{max-width:60rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.6rem}ul.wares{display:grid;gap:1rem;padding:0;list-style:none;grid-template-columns:repeat(auto-fit,minmax(14rem,1fr))}
ul.wares li{border:1px solid color-mix(in srgb,currentColor 25%,transparent);border-radius:.75rem;padding:1rem}
button{font:inherit;padding:.6rem 1rem;border:0;border-radius:.5rem;background:#0b5d51;color:#fff;cursor:pointer}
button:focus-visible,summary:focus-visible,a:focus-visible{outline:3px solid #e9a23b;outline-offset:2px}
ol.messages{padding-left:1.5rem}ol.messages li{margin:0 0 1rem}
pre{overflow-x:auto;padding:.75rem;border-radius:.5rem;background:color-mix(in srgb,currentColor 8%,transparent);font-size:.8rem;white-space:pre-wrap;overflow-wrap:anywhere}
.outcome{padding:1rem;border-radius:.75rem;border:2px solid #0b5d51}.outcome.failed{border-color:#b3261e}
.who{font-weight:600}a{color:inherit}`

/** The shop window. */
export function windowPage(wares: readonly Ware[], currency: string): string {
  const items = wares.map(
    (ware) => `<li><h2>${escaped(ware.name)}</h2><p>${money(ware.amount_cents, currency)}</p>
<form method="post" action="/orders"><input type="hidden" name="ware" value="${escaped(ware.id)}">
<button>Pay by bank<span hidden> for ${escaped(ware.name)}</span></button></form></li>`,
  )
  return page(
    'Corner Shop',
    `<h1>Corner Shop</h1><p>A third party's side of a payment: choose something, pay it from your account at the bank, and see every message.</p>
<ul class="wares">${items.join('')}</ul>`,
  )
}

/** What became of an order, message by message. */
export function orderPage({ ware, currency, outcome, transaction, messages }: ShownOrder): string {
  const isPaid = transaction?.status === 'COMPLETED'
  const items = messages.map(
    ({
      from,
      title,
      request,
      response,
      tokens,
    }) => `<li><p><span class="who">${from === 'shop' ? 'Shop → bank' : 'Browser'}</span>: ${escaped(title)}</p>
<details><summary>Show the message</summary><pre>${escaped(request)}</pre>${response === '' ? '' : `<pre>${escaped(response)}</pre>`}
${tokens.map(({ name, header, claims }) => `<p>${escaped(name)}</p><pre>${escaped(JSON.stringify(header, null, 2))}\n${escaped(JSON.stringify(claims, null, 2))}</pre>`).join('')}</details></li>`,
  )
  return page(
    isPaid ? 'Paid' : 'Order',
    `<h1>${escaped(ware.name)}, ${money(ware.amount_cents, currency)}</h1>
<p class="outcome${isPaid ? '' : ' failed'}" role="status">${escaped(outcome)}</p>
<h2>Every message, in order</h2><ol class="messages">${items.join('')}</ol><p><a href="/">Back to the shop</a></p>`,
  )
}

/** What went wrong before there was an order. */
export function problemPage(what: string): string {
  return page(
    'Corner Shop',
    `<h1>That did not work</h1><p role="alert">${escaped(what)}</p><p><a href="/">Back to the shop</a></p>`,
  )
}

/** An amount in minor units of two digits, as people write it. */
function money(cents: number, currency: string): string {
  return new Intl.NumberFormat('en', { style: 'currency', currency }).format(cents / 100)
}

function page(title: string, body: string): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>${escaped(title)}</title><style>${STYLE}</style></head><body><main>${body}</main></body></html>`
}

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`)
}
