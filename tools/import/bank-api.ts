import { setTimeout as sleep } from 'node:timers/promises'
import { login, refreshTokens, verifyFactor } from '#contracts/api/identity.ts'
import type { InputOf, Operation, ReplyOf } from '#libs/contract/operation.ts'
import { decode, encode } from '#libs/json/json.ts'
import { ImportStopped } from './stopped.ts'

/** Who signs in, and how a second factor's code is asked for. */
export interface SignInBy {
  email: string
  password: string
  /** Undefined when nobody can be asked. */
  askCode(): Promise<string | undefined>
}

export interface Sent {
  /** `Idempotency-Key`: the same in every repeat of the request. */
  key?: string
  /** The body as JSON text already, instead of `input.body`. */
  json?: string
}

/** A refusal of the bank, as its problem body says it. */
export class Refused extends Error {
  override readonly name = 'Refused'
  readonly status: number
  readonly code: string

  constructor(status: number, code: string, detail: string) {
    super(detail)
    this.status = status
    this.code = code
  }
}

interface Tokens {
  access_token: string
  refresh_token: string
  expires_in: number
}

/** A request is repeated this long while the bank says "later" or cannot be reached; then the import stops and can be resumed. */
const PATIENCE_MS = 600_000
const LONGEST_WAIT_MS = 65_000
/** A token that ends within this is exchanged before it is used. */
const TOKEN_MARGIN_MS = 60_000

/** The bank's public API, signed in as one person: waits where it is told to wait, and repeats under the same key. */
export class BankApi {
  readonly url: string
  /** Requests left in the running minute, as the bank last said. */
  requestsLeft = Number.POSITIVE_INFINITY
  readonly #by: SignInBy
  readonly #onWait: (reason: string, ms: number) => void
  #tokens: Tokens | undefined
  #tokenEndsMs = 0
  #renewing: Promise<void> | undefined

  constructor(url: string, by: SignInBy, onWait: (reason: string, ms: number) => void) {
    this.url = url.replace(/\/+$/, '')
    this.#by = by
    this.#onWait = onWait
  }

  /** Signs in, with a second factor where the bank wants one. ImportStopped says why it cannot. */
  async signIn(): Promise<void> {
    const { email, password } = this.#by
    try {
      const answer = await this.#send(login, { body: { email, password } }, {}, undefined)
      if (answer.status === 'SIGNED_IN') return this.#keep(answer.tokens as Tokens)
      const code = await this.#by.askCode()
      if (code === undefined) throw new ImportStopped(`${email} needs a second factor: run the import in a terminal`)
      const body = { challenge_id: answer.challenge_id as string, code: code.trim() }
      this.#keep(await this.#send(verifyFactor, { body }, {}, undefined))
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      throw new ImportStopped(`cannot sign in as ${email} at ${this.url}: ${error.message} (${error.code})`)
    }
  }

  /** Calls one operation as the signed-in person. Refused for a refusal; ImportStopped when the bank stays away. */
  async call<Op extends Operation>(operation: Op, input: Partial<InputOf<Op>>, sent: Sent = {}): Promise<ReplyOf<Op>> {
    await this.#renewed(Date.now() + TOKEN_MARGIN_MS > this.#tokenEndsMs)
    const token = this.#tokens?.access_token
    try {
      return await this.#send(operation, input, sent, token)
    } catch (error) {
      if (!(error instanceof Refused) || error.status !== 401) throw error
      // The session may have been ended elsewhere, or the bank's keys renewed: once more with a fresh token.
      await this.#renewed(token === this.#tokens?.access_token)
      return this.#send(operation, input, sent, this.#tokens?.access_token)
    }
  }

  #keep(tokens: Tokens): void {
    this.#tokens = tokens
    this.#tokenEndsMs = Date.now() + tokens.expires_in * 1000
  }

  /** Renews the tokens once, however many requests need it: a refresh token used twice would end the session. */
  async #renewed(isNeeded: boolean): Promise<void> {
    if (isNeeded) {
      this.#renewing ??= this.#renew().finally(() => {
        this.#renewing = undefined
      })
    }
    await this.#renewing
  }

  async #renew(): Promise<void> {
    const refresh_token = this.#tokens?.refresh_token
    if (refresh_token === undefined) return this.signIn()
    try {
      this.#keep(await this.#send(refreshTokens, { body: { refresh_token } }, {}, undefined))
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      await this.signIn()
    }
  }

  async #send<Op extends Operation>(
    operation: Op,
    input: Partial<InputOf<Op>>,
    sent: Sent,
    token: string | undefined,
  ): Promise<ReplyOf<Op>> {
    const request = requestOf(operation, input, sent, token)
    const untilMs = performance.now() + PATIENCE_MS
    for (let attempt = 0; ; attempt += 1) {
      const answer = await this.#attempt(operation, input, request)
      if ('reply' in answer) return operation.shapes.reply.revive(answer.reply) as ReplyOf<Op>
      const waitMs = Math.min(answer.waitMs ?? 250 * 2 ** attempt, LONGEST_WAIT_MS)
      if (performance.now() + waitMs > untilMs) {
        throw new ImportStopped(
          `the bank at ${this.url} stayed away: ${answer.later}; run the same command again to resume`,
        )
      }
      this.#onWait(answer.later, waitMs)
      await sleep(waitMs)
    }
  }

  async #attempt(
    operation: Operation,
    input: Partial<InputOf<Operation>>,
    request: RequestInit,
  ): Promise<{ reply: unknown } | { later: string; waitMs: number | undefined }> {
    let response: Response
    let text: string
    try {
      response = await fetch(this.url + pathOf(operation, input), request)
      text = await response.text()
    } catch (error) {
      // A read may be asked again, a write only under a key: without one it is unknown whether it happened.
      const isRepeatable = operation.method === 'GET' || 'idempotency-key' in (request.headers as object)
      if (!isRepeatable) throw new ImportStopped(`cannot reach the bank at ${this.url}: ${reasonOf(error)}`)
      return { later: `cannot be reached (${reasonOf(error)})`, waitMs: undefined }
    }
    this.requestsLeft = Number(response.headers.get('ratelimit-remaining') ?? Number.POSITIVE_INFINITY)
    if (response.ok) return { reply: text === '' ? {} : decode(text) }
    const problem = problemIn(text)
    if (response.status === 429 || response.status === 503) {
      const waitMs = Number(response.headers.get('retry-after') ?? 1) * 1000
      return { later: problem.detail ?? `answered ${response.status}`, waitMs: Number.isFinite(waitMs) ? waitMs : 1000 }
    }
    const pointed =
      problem.errors?.[0] === undefined ? '' : ` (${problem.errors[0].pointer} ${problem.errors[0].detail})`
    throw new Refused(
      response.status,
      problem.code ?? `HTTP_${response.status}`,
      `${problem.detail ?? text.slice(0, 200)}${pointed}`,
    )
  }
}

function requestOf(operation: Operation, input: Partial<InputOf<Operation>>, sent: Sent, token?: string): RequestInit {
  const headers: Record<string, string> = {}
  if (token !== undefined) headers.authorization = `Bearer ${token}`
  if (sent.key !== undefined) headers['idempotency-key'] = sent.key
  if (operation.method === 'GET') return { method: 'GET', headers }
  headers['content-type'] = 'application/json'
  return { method: operation.method, headers, body: sent.json ?? encode(input.body ?? {}) }
}

function pathOf(operation: Operation, input: Partial<InputOf<Operation>>): string {
  const params = (input.params ?? {}) as Record<string, string>
  const query = new URLSearchParams((input.query ?? {}) as Record<string, string>).toString()
  const path = operation.path.replaceAll(/:([a-z_]+)/g, (_, name: string) => encodeURIComponent(params[name] ?? ''))
  return `/api/v1${path}${query === '' ? '' : `?${query}`}`
}

interface ProblemText {
  code?: string
  detail?: string
  errors?: { pointer: string; detail: string }[]
}

function problemIn(text: string): ProblemText {
  try {
    return JSON.parse(text) as ProblemText
  } catch {
    return {}
  }
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  if (!(cause instanceof Error)) return String(cause)
  return 'code' in cause ? String(cause.code) : cause.message
}
