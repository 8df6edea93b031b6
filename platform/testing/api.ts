import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { demoPassword } from '../sandbox.ts'

/** One answer of the bank, as a stranger sees it. */
export interface Reply {
  status: number
  // biome-ignore lint/suspicious/noExplicitAny: a test reads whatever a stranger would
  body: any
  headers: Headers
}

export interface Sent {
  token?: string
  key?: string
  headers?: Record<string, string>
  /** Sent as it is, instead of JSON of the body. */
  raw?: string
}

/** The bank over HTTP, as its users reach it. */
export class Api {
  readonly url: string

  constructor(url: string) {
    this.url = url
  }

  get(path: string, sent: Sent = {}): Promise<Reply> {
    return this.send('GET', path, undefined, sent)
  }

  post(path: string, body: unknown, sent: Sent = {}): Promise<Reply> {
    return this.send('POST', path, body, sent)
  }

  async send(method: string, path: string, body: unknown, sent: Sent = {}): Promise<Reply> {
    const headers: Record<string, string> = { ...sent.headers }
    if (sent.token !== undefined) headers.authorization = `Bearer ${sent.token}`
    if (sent.key !== undefined) headers['idempotency-key'] = sent.key
    const text = sent.raw ?? (body === undefined ? undefined : JSON.stringify(body))
    if (text !== undefined) headers['content-type'] ??= 'application/json'
    const at =
      path.startsWith('/sandbox') || path === '/health' || path === '/ready' || path === '/metrics'
        ? path
        : `/api/v1${path}`
    const response = await fetch(this.url + at, { method, headers, ...(text === undefined ? {} : { body: text }) })
    const answer = await response.text()
    return { status: response.status, body: parsed(answer), headers: response.headers }
  }

  /** Signs a demo user (`teller`) or an address in; answers the access token. */
  async signIn(user: string, password = demoPassword): Promise<string> {
    const email = user.includes('@') ? user : `${user}@demo.bankflow.test`
    const { body } = await this.expect(200, this.post('/auth/login', { email, password }))
    return body.tokens.access_token as string
  }

  /** A new customer: registers, reads the code in the mailbox, verifies and signs in. */
  async newCustomer(
    name = randomBytes(6).toString('hex'),
  ): Promise<{ email: string; token: string; customer_id: string }> {
    const email = `${name}@example.test`
    await this.expect(
      202,
      this.post('/auth/register', { email, password: PASSWORD, first_name: 'Test', last_name: name }),
    )
    const code = await this.codeFor(email)
    const { body } = await this.expect(200, this.post('/auth/verify', { email, code }))
    return { email, token: await this.signIn(email, PASSWORD), customer_id: body.customer_id as string }
  }

  /** The newest code that was mailed to an address. */
  async codeFor(email: string): Promise<string> {
    for (let attempt = 0; attempt < 200; attempt++) {
      const { body } = await this.get(`/sandbox/mailbox?to=${encodeURIComponent(email)}`)
      const found = body.items?.find((mail: { code: string | null }) => mail.code !== null)
      if (found !== undefined) return found.code as string
      await sleep(25)
    }
    throw new Error(`no code came for ${email}`)
  }

  /** Opens an account for the token's customer. */
  async openAccount(token: string, currency = 'EUR'): Promise<{ account_id: string; account_number: string }> {
    return (await this.expect(201, this.post('/accounts', { currency }, { token }))).body
  }

  /** A teller takes cash in; waits until it is booked. */
  async deposit(teller: string, account_id: string, amount_cents: number, currency = 'EUR'): Promise<void> {
    const sent = { token: teller, key: aKey(), headers: { prefer: 'wait=20' } }
    const { body } = await this.expect(
      202,
      this.post('/transactions/deposit', { account_id, amount_cents, currency }, sent),
    )
    if (body.status !== 'COMPLETED') throw new Error(`the deposit ended ${body.status} ${body.failure_code}`)
  }

  balance(token: string, account_id: string): Promise<Reply> {
    return this.get(`/accounts/${account_id}/balance`, { token })
  }

  /** Waits until a transaction has ended; answers it. */
  async ended(token: string, transaction_id: string, timeoutMs = 20_000): Promise<Reply['body']> {
    const until = performance.now() + timeoutMs
    for (;;) {
      const { body } = await this.get(`/transactions/${transaction_id}`, { token })
      if (['COMPLETED', 'FAILED', 'AWAITING_APPROVAL', 'CANCELLED'].includes(body.status)) return body
      if (performance.now() > until) throw new Error(`transaction ${transaction_id} is still ${body.status}`)
      await sleep(15)
    }
  }

  /** The reply, which must have this status. */
  async expect(status: number, pending: Promise<Reply>): Promise<Reply> {
    const reply = await pending
    if (reply.status !== status)
      throw new Error(`expected ${status}, got ${reply.status}: ${JSON.stringify(reply.body)}`)
    return reply
  }
}

export const PASSWORD = 'Quiet-river-42-stones'

/** A new idempotency key. */
export function aKey(): string {
  return randomBytes(12).toString('hex')
}

function parsed(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text)
  } catch {
    return text
  }
}
