import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type Begun, type Payment, ThirdParty } from './bank.ts'
import type { Message } from './messages.ts'
import { orderPage, problemPage, type Ware, windowPage } from './pages.ts'

const WARES: readonly Ware[] = [
  { id: 'book', name: 'A used atlas', amount_cents: 1_850 },
  { id: 'lamp', name: 'A reading lamp', amount_cents: 4_200 },
  { id: 'chair', name: 'An oak chair', amount_cents: 61_900 },
]

const MOST_ORDERS = 1_000
const LONGEST_FORM = 1_000

interface Order {
  id: string
  ware: Ware
  payment: Payment & { key: string }
  begun: Begun | undefined
  outcome: string
  transaction: Record<string, unknown> | undefined
  messages: Message[]
}

export interface RunningShop {
  url: string
  client_id: string
  close(): Promise<void>
}

/** Opens the shop on this machine. `port` 0 takes a free one. Error when the bank cannot be reached or is no sandbox. */
export async function openShop(options: { bank: string; port: number; file: string }): Promise<RunningShop> {
  const server = createServer()
  const url = await listening(server, options.port)
  try {
    const { bank, file } = options
    const bankSide = await ThirdParty.open({ bank, file, redirect_uri: `${url}/paid` })
    const orders = new Map<string, Order>()
    server.on('request', (request, response) => {
      answer({ url, bankSide, orders }, request, response).catch((error: unknown) =>
        send(response, 502, problemPage(error instanceof Error ? error.message : String(error))),
      )
    })
    return { url, client_id: bankSide.client_id, close: () => closed(server) }
  } catch (error) {
    await closed(server)
    throw error
  }
}

function listening(server: Server, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => {
      const address = server.address()
      resolve(`http://localhost:${typeof address === 'object' && address !== null ? address.port : port}`)
    })
  })
}

function closed(server: Server): Promise<void> {
  server.closeAllConnections()
  return new Promise((resolve) => server.close(() => resolve()))
}

interface Shop {
  url: string
  bankSide: ThirdParty
  orders: Map<string, Order>
}

async function answer(shop: Shop, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', shop.url)
  const { currency } = shop.bankSide.merchant
  if (request.method === 'GET' && url.pathname === '/') return send(response, 200, windowPage(WARES, currency))
  if (request.method === 'POST' && url.pathname === '/orders') return order(shop, request, response)
  // The order is that of this browser: a return that somebody else's browser was tricked into finds none (RFC 9700 §4.7).
  const own = shop.orders.get(/(?:^|; )order=([\w-]+)/.exec(request.headers.cookie ?? '')?.[1] ?? '')
  if (request.method === 'GET' && url.pathname === '/paid') return paid(shop, own, url, response)
  if (request.method === 'GET' && own !== undefined && url.pathname === `/orders/${own.id}`)
    return send(response, 200, orderPage({ ...own, currency }))
  send(response, 404, problemPage('There is no such page.'))
}

async function order(shop: Shop, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const form = new URLSearchParams(await bodyOf(request))
  const ware = WARES.find(({ id }) => id === form.get('ware'))
  if (ware === undefined) return send(response, 400, problemPage('The shop does not sell that.'))
  const id = randomBytes(12).toString('base64url')
  const payment = { amount_cents: ware.amount_cents, reference: `Order ${id}`, key: `order-${id}` }
  const messages: Message[] = []
  const outcome = 'Not paid: nothing came back from the bank yet.'
  const placed: Order = { id, ware, payment, begun: undefined, outcome, transaction: undefined, messages }
  if (shop.orders.size >= MOST_ORDERS) shop.orders.delete(shop.orders.keys().next().value as string)
  shop.orders.set(id, placed)
  placed.begun = await shop.bankSide.begin(payment, (message) => messages.push(message))
  response.setHeader('set-cookie', `order=${id}; HttpOnly; SameSite=Lax; Path=/`)
  response.writeHead(303, { location: placed.begun.url.href }).end()
}

async function paid(shop: Shop, order: Order | undefined, url: URL, response: ServerResponse): Promise<void> {
  if (order?.begun === undefined)
    return send(response, 400, problemPage('This browser has no order that waits for a payment.'))
  const { begun, payment, messages } = order
  order.begun = undefined
  try {
    order.transaction = await shop.bankSide.complete(begun, url, payment, (message) => messages.push(message))
    order.outcome = outcomeOf(order.transaction)
  } catch (error) {
    order.outcome = `Not paid: ${error instanceof Error ? whyOf(error) : String(error)}`
  }
  response.writeHead(303, { location: `/orders/${order.id}` }).end()
}

function outcomeOf(transaction: Record<string, unknown>): string {
  if (transaction.status === 'COMPLETED') return `Paid. The bank calls it ${transaction.transaction_ref}.`
  if (typeof transaction.code === 'string')
    return `Not paid: the bank refuses (${transaction.code}). ${transaction.detail ?? ''}`
  return `The bank has the payment; it is ${transaction.status}.`
}

/** The bank's own reason where the error of the client library has one. */
function whyOf(error: Error): string {
  const { error: code, error_description: description } = error as { error?: string; error_description?: string }
  if (code === 'access_denied') return 'you did not allow it at the bank.'
  return [code ?? error.message, description].filter(Boolean).join(': ')
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request) {
    text += String(chunk)
    if (text.length > LONGEST_FORM) throw new Error('the form is too long')
  }
  return text
}

function send(response: ServerResponse, status: number, html: string): void {
  response
    .writeHead(status, {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'content-security-policy':
        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'",
      'referrer-policy': 'no-referrer',
    })
    .end(html)
}
