import { randomBytes, randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { PATIENCE } from '#libs/testing/patience.ts'
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

export interface NewPerson {
  email: string
  token: string
  customer_id: string
  user_id: string
}

/** The bank over HTTP, as its users reach it. */
export class Api {
  readonly url: string
  #officer: Promise<string> | undefined

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

  /** Sends money, and confirms it with the password where the bank asks for that: the same key again, with the proof. */
  async pay(body: object, { token, password = PASSWORD, key = aKey() }: Sent & { password?: string }): Promise<Reply> {
    const sent = { ...(token === undefined ? {} : { token }), key }
    const first = await this.post('/transactions/transfer', body, sent)
    if (first.body.code !== 'STEP_UP_REQUIRED') return first
    const proof = await this.confirm({ operation: 'transferMoney', body }, { ...sent, password })
    return this.post('/transactions/transfer', body, { ...sent, headers: { 'x-step-up-proof': proof } })
  }

  /** Confirms one request with the password, as a sandbox lets who has no second factor; answers the proof. */
  async confirm(
    request: { operation: string; params?: object; body?: object },
    { token, password = PASSWORD }: Sent & { password?: string },
  ): Promise<string> {
    const sent = token === undefined ? {} : { token }
    const { body: started } = await this.expect(201, this.post('/auth/step-up', request, sent))
    const answered = this.post(`/auth/step-up/${started.challenge_id}`, { password }, sent)
    return (await this.expect(200, answered)).body.proof as string
  }

  /** Signs a demo user (`teller`) or an address in; answers the access token. */
  async signIn(user: string, password = demoPassword): Promise<string> {
    const email = user.includes('@') ? user : `${user}@demo.bankflow.test`
    const { body } = await this.expect(200, this.post('/auth/login', { email, password }))
    return body.tokens.access_token as string
  }

  /** Somebody new with a sign-in and nothing else: registers, reads the code in the mailbox, verifies and signs in. */
  async newStranger(name = randomBytes(6).toString('hex')): Promise<NewPerson> {
    const email = `${name}@example.test`
    await this.expect(
      202,
      this.post('/auth/register', { email, password: PASSWORD, first_name: 'Test', last_name: name }),
    )
    const code = await this.codeFor(email)
    const { body } = await this.expect(200, this.post('/auth/verify', { email, code }))
    const token = await this.signIn(email, PASSWORD)
    return { email, token, customer_id: body.customer_id as string, user_id: body.user_id as string }
  }

  /** A customer whom an officer has approved: his first account is active. */
  async newCustomer(name?: string): Promise<NewPerson & { account_id: string; account_number: string }> {
    const person = await this.newStranger(name)
    await this.makeProfile(person)
    await this.submitKyc(person)
    await this.decideKyc(person, { decision: 'APPROVE', reason: 'Passport seen', risk_category: 'LOW' })
    return { ...person, ...(await this.firstAccount(person, 'ACTIVE')) }
  }

  /** The profile that a stranger becomes a customer by. */
  async makeProfile({ token, email }: NewPerson, more: object = {}): Promise<Reply['body']> {
    const profile = {
      first_name: 'Test',
      last_name: 'Person',
      date_of_birth: '1990-05-17',
      email,
      address: { street: 'Mill Lane 7', postal_code: '1100-148', town: 'Lisboa', country: 'PT' },
      ...more,
    }
    return (await this.expect(201, this.post('/customers', profile, { token }))).body
  }

  /** Hands in a passport by reference. */
  async submitKyc({ token, customer_id }: NewPerson): Promise<void> {
    const documents = [{ document_id: randomUUID(), document_type: 'PASSPORT', issuing_country: 'PT' }]
    await this.expect(202, this.post(`/customers/${customer_id}/kyc`, { documents }, { token }))
  }

  /** An officer decides. */
  async decideKyc({ customer_id }: NewPerson, decision: object): Promise<void> {
    this.#officer ??= this.signIn('officer')
    await this.expect(
      200,
      this.post(`/customers/${customer_id}/kyc/decision`, decision, { token: await this.#officer }),
    )
  }

  /** The account that the bank opens by itself, once it stands like this. */
  async firstAccount({ token }: NewPerson, status: string): Promise<{ account_id: string; account_number: string }> {
    for (let attempt = 0; attempt < 400; attempt++) {
      const { body } = await this.get('/accounts', { token })
      const found = body.items?.find((account: { status: string }) => account.status === status)
      if (found !== undefined) return { account_id: found.account_id, account_number: found.account_number }
      await sleep(25)
    }
    throw new Error(`no account became ${status}`)
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

  /** Opens an account for the token's customer, who was verified: money moves on it at once. */
  async openAccount(token: string, more: object = {}): Promise<{ account_id: string; account_number: string }> {
    const { body } = await this.expect(201, this.post('/accounts', { currency: 'EUR', ...more }, { token }))
    if (body.status !== 'ACTIVE') throw new Error(`the new account is ${body.status}`)
    return body
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
    const until = performance.now() + timeoutMs * PATIENCE
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
