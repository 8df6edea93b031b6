import type { IncomingMessage, ServerResponse } from 'node:http'
import { inject } from 'light-my-request'
import type { Provider } from 'oidc-provider'
import { verifyJwt } from '#libs/crypto/jwt.ts'
import { jwtKeysOf } from '#libs/crypto/jwt-keys.ts'
import type { KeyProvider } from '#libs/crypto/key-provider.ts'
import type { WriteContext } from '#libs/http/implement.ts'
import type { RawReply, RawRequest } from '#libs/http/raw-messages.ts'
import { Problem } from '#libs/problem/problem.ts'
import type { Log } from '#libs/telemetry/log.ts'
import { problems } from '../problems.ts'
import type { KeyRing } from '../store/key-ring.ts'
import type { Keeping } from '../store/oauth/adapter.ts'
import { lockArtifact } from '../store/oauth/artifacts.ts'
import { everyPublicKey } from '../store/oauth/grants.ts'
import { detailsAsked, isWhatWasAsked, plainDetails } from './authorization-details.ts'
import type { AuthorizationServer, InteractingClient, Interaction, InteractionResult } from './authorization-server.ts'
import { cookieOut, cookiesForgotten, cookiesIn } from './cookies.ts'
import { askedAt } from './doors.ts'
import { followFacts } from './facts.ts'
import { type Facts, inFlight, noFacts } from './flight.ts'
import { formOf } from './json-forms.ts'
import { errors } from './library.ts'
import { createProvider } from './provider.ts'
import { type BankGrant, type ProviderOptions, resourceOf } from './terms.ts'

type Tx = WriteContext<unknown>['tx']

const LOOPBACK = /^https?:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?$/
/** Issuers that are kept ready: one, but for a sandbox, which answers under every name and port of this machine. */
const MOST_PROVIDERS = 8

export interface ServerOptions {
  isSandbox: boolean
  publicOrigin: string | undefined
  mtlsOrigin: string | undefined
  keeping: Keeping
  keyRing: KeyRing
  master: KeyProvider
  log: Log
  findUser: ProviderOptions['findUser']
}

const REGISTRATION_TOKEN_S = 7 * 86_400

/** Opens the authorization server. Its first request makes its keys. */
export function openAuthorizationServer(options: ServerOptions): AuthorizationServer {
  const ready = new Map<string, Provider>()
  const at = async (origin: string): Promise<Provider> => {
    refuseStrangeIssuer(options, origin)
    const keyPairs = await Promise.all([options.keyRing.keyFor('ES256'), options.keyRing.keyFor('PS256')])
    // Another key, another provider: this one's requests end with the old key, which verifies for an hour more.
    const name = [origin, ...keyPairs.map(({ kid }) => kid)].join(' ')
    const known = ready.get(name)
    if (known !== undefined) return known
    if (ready.size >= MOST_PROVIDERS) ready.delete(ready.keys().next().value as string)
    const provider = createProvider({ ...options, issuer: origin, keyPairs })
    followFacts(provider, options.log)
    ready.set(name, provider)
    return provider
  }
  return {
    handle: async (request) => handled(options, await at(request.origin), request),
    readInteraction: async (request) => read(await at(request.origin), request),
    finishInteraction: async (tx, request, result) =>
      finish({ options, tx }, await at(request.origin), request, result),
    mintRegistrationToken: async (profile) => {
      const provider = await at(options.publicOrigin ?? 'http://localhost')
      const made = new provider.InitialAccessToken({ policies: [`fapi-${profile}`], expiresIn: REGISTRATION_TOKEN_S })
      return { token: await made.save(), expires_in_s: REGISTRATION_TOKEN_S }
    },
  }
}

/** RFC 9207, RFC 8414 §3.3: a server that answers under whatever name it is asked is many issuers. In production there is one. */
function refuseStrangeIssuer({ isSandbox, publicOrigin }: ServerOptions, origin: string): void {
  if (origin === publicOrigin || (isSandbox && LOOPBACK.test(origin))) return
  throw new Problem(problems.AUTHORIZATION_SERVER_OFF)
}

async function handled(
  options: ServerOptions,
  provider: Provider,
  request: RawRequest,
): Promise<{ reply: RawReply; facts: Facts }> {
  const isRevocation = request.path.endsWith('/auth/revoke')
  const body = await bodyFor(options, request, isRevocation || request.path.endsWith('/auth/introspect'))
  const facts = noFacts()
  const flight = { certificate: request.client_certificate, isRevocation, facts }
  const asked = { ...request, origin: askedAt(options.mtlsOrigin, request) }
  const reply = await inFlight(flight, () => dispatched(provider.callback(), asked, body))
  return { reply: withoutAnswered(request, reply), facts }
}

/** A browser that is led on from an interaction keeps nothing of it. */
function withoutAnswered({ params: { uid }, headers }: RawRequest, reply: RawReply): RawReply {
  if (uid === undefined || reply.headers.location === undefined) return reply
  const lines = [reply.headers['set-cookie'] ?? []].flat()
  const gone = cookiesForgotten(headers.cookie, uid, lines)
  return gone.length === 0 ? reply : { ...reply, headers: { ...reply.headers, 'set-cookie': [...lines, ...gone] } }
}

type Dispatch = (request: IncomingMessage, response: ServerResponse) => unknown

/** Runs a handler of Node's on a raw request, without a socket. */
async function dispatched(
  dispatch: Dispatch,
  request: RawRequest,
  { type, text }: { type: string | undefined; text: string },
): Promise<RawReply> {
  const { host, protocol } = new URL(request.origin)
  const { cookie, 'content-type': _, ...headers } = request.headers
  const cookies = cookiesIn(cookie, request.params.uid)
  const response = await inject(dispatch as Parameters<typeof inject>[0], {
    method: (request.method === 'HEAD' ? 'GET' : request.method) as 'GET',
    url: request.query === '' ? request.path : `${request.path}?${request.query}`,
    headers: {
      ...headers,
      ...{ host, 'x-forwarded-proto': protocol.slice(0, -1) },
      ...(cookies === undefined ? {} : { cookie: cookies }),
      ...(type === undefined ? {} : { 'content-type': type }),
    },
    ...(text === '' ? {} : { payload: text }),
  })
  return { status: response.statusCode, headers: headersOut(response.headers), body: response.payload }
}

const NOT_OURS: ReadonlySet<string> = new Set([
  'content-length',
  'connection',
  'date',
  'transfer-encoding',
  'keep-alive',
])

function headersOut(headers: Record<string, unknown>): RawReply['headers'] {
  const out: Record<string, string | string[]> = {}
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || NOT_OURS.has(name)) continue
    if (name === 'set-cookie')
      out[name] = (Array.isArray(value) ? value : [value]).map((line) => cookieOut(String(line)))
    else out[name] = Array.isArray(value) ? value.map(String) : String(value)
  }
  return out
}

const FORM = 'application/x-www-form-urlencoded'

/** The body as the library takes it: a JSON one becomes a form, and a token that is asked about goes by its `jti`. */
async function bodyFor(
  options: ServerOptions,
  request: RawRequest,
  namesToken: boolean,
): Promise<{ type: string | undefined; text: string }> {
  const type = request.headers['content-type']
  const isRegistration = request.path.includes('/auth/register-client')
  const form =
    type?.startsWith('application/json') === true && !isRegistration
      ? formOf(request.body)
      : type?.startsWith(FORM) === true
        ? new URLSearchParams(request.body)
        : undefined
  if (form === undefined) return { type, text: request.body }
  const token = namesToken && form.getAll('token').length === 1 ? form.get('token') : null
  if (token !== null) form.set('token', await nameOf(options, request.origin, token))
  return { type: FORM, text: form.toString() }
}

/** The name under which an access token is kept: the `jti` of one that this issuer signed. Of any other nothing is known. */
async function nameOf({ keeping }: ServerOptions, issuer: string, token: string): Promise<string> {
  if (token.split('.').length !== 3) return token
  const keys = jwtKeysOf(await everyPublicKey(keeping.database.reader))
  const now_s = Math.floor(keeping.clock.wall.now().getTime() / 1000)
  const expected = { typ: 'at+jwt', issuer, audience: resourceOf(issuer), algorithms: ['ES256'] as const, now_s }
  const verdict = verifyJwt(token, { ...expected, keys })
  return verdict.ok && typeof verdict.claims.jti === 'string' ? verdict.claims.jti : 'unknown'
}

interface Finishing {
  options: ServerOptions
  tx: Tx
}

/** The library's own interaction, by its cookie. */
async function load(provider: Provider, request: RawRequest): Promise<Loaded> {
  let found: Loaded | undefined
  await dispatched(
    async (incoming, response) => {
      try {
        found = await provider.interactionDetails(incoming, response)
      } catch (error) {
        if (!(error instanceof errors.SessionNotFound)) throw error
      } finally {
        response.end()
      }
    },
    { ...request, method: 'GET' },
    { type: undefined, text: '' },
  )
  if (
    found === undefined ||
    found.uid !== request.params.uid ||
    found.exp <= Date.now() / 1000 ||
    found.result !== undefined
  )
    throw new Problem(problems.INTERACTION_GONE)
  return found
}

type Loaded = Awaited<ReturnType<Provider['interactionDetails']>>

async function read(provider: Provider, request: RawRequest): Promise<Interaction> {
  const loaded = await load(provider, request)
  const { uid, prompt, params, session, exp } = loaded
  const client = await provider.Client.find(String(params.client_id))
  if (client === undefined || (prompt.name !== 'login' && prompt.name !== 'consent'))
    throw new Problem(problems.INTERACTION_GONE)
  const stored = session?.uid === undefined ? undefined : await provider.Session.findByUid(session.uid)
  // Signed out meanwhile: what he proved when he signed in counts no more.
  if (session?.accountId !== undefined && stored?.accountId !== session.accountId)
    throw new Problem(problems.INTERACTION_GONE)
  const text = (name: string): string | null => (typeof params[name] === 'string' ? (params[name] as string) : null)
  const scopes = (text('scope') ?? '').split(' ').filter((scope) => scope !== '')
  return {
    ...{ uid, prompt: prompt.name, reasons: prompt.reasons, client: shown(client.metadata()), scopes, expires_at: exp },
    user_id: session?.accountId ?? null,
    auth_time: stored?.loginTs ?? null,
    amr: stored?.amr ?? [],
    acr: stored?.acr ?? null,
    details: detailsAsked(new Set(scopes), text('authorization_details') ?? undefined),
    login_hint: text('login_hint'),
    ui_locales: text('ui_locales'),
    redirect_origin: new URL(String(params.redirect_uri)).origin,
  }
}

function shown(metadata: Record<string, unknown>): InteractingClient {
  const text = (name: string): string | null => (typeof metadata[name] === 'string' ? (metadata[name] as string) : null)
  return {
    client_id: text('client_id') ?? '',
    client_name: text('client_name') ?? '',
    organisation_id: text('organisation_id'),
    software_name: text('software_name'),
    client_uri: text('client_uri'),
    policy_uri: text('policy_uri'),
    tos_uri: text('tos_uri'),
  }
}

async function finish(
  { options, tx }: Finishing,
  provider: Provider,
  request: RawRequest,
  result: InteractionResult,
): Promise<RawReply> {
  return inFlight({ tx }, async () => {
    const interaction = await load(provider, request)
    // Whoever answers at the same moment waits here, and then finds that it was answered.
    const locked = await lockArtifact(tx, options.keeping.vault, 'Interaction', interaction.uid)
    if (locked === undefined || locked.result !== undefined) throw new Problem(problems.INTERACTION_GONE)
    const answered = await answerOf(options, provider, interaction, result)
    interaction.result = 'error' in answered ? answered : { ...interaction.lastSubmission, ...answered }
    await interaction.save(interaction.exp - Math.floor(Date.now() / 1000))
    return { status: 303, headers: { location: interaction.returnTo }, body: '' }
  })
}

type Answer = NonNullable<Loaded['result']>

async function answerOf(
  options: ServerOptions,
  provider: Provider,
  interaction: Loaded,
  result: InteractionResult,
): Promise<Answer> {
  if ('error' in result)
    return {
      error: result.error,
      ...(result.error_description === undefined ? {} : { error_description: result.error_description }),
    }
  if ('login' in result) {
    const { user_id, amr, acr, auth_time } = result.login
    return { login: { accountId: user_id, amr: [...amr], acr, ts: auth_time, remember: false } }
  }
  const { consent } = result
  const grantId = await saveGrant(options, provider, interaction, consent)
  const accountId = interaction.session?.accountId as string
  // The ID token tells how the consent was confirmed, which is more than how the browser was signed in.
  const login = { accountId, amr: [...consent.amr], acr: consent.acr, ts: consent.auth_time, remember: false }
  return { login, consent: { grantId } }
}

type Consent = Extract<InteractionResult, { consent: unknown }>['consent']

/** Writes what was allowed as the library's grant, under the consent's own id. */
async function saveGrant(
  options: ServerOptions,
  provider: Provider,
  interaction: Loaded,
  consent: Consent,
): Promise<string> {
  const { params, session, prompt } = interaction
  const scopes = String(params.scope ?? '').split(' ')
  const asked = detailsAsked(
    new Set(scopes),
    typeof params.authorization_details === 'string' ? params.authorization_details : undefined,
  )
  const isWithin = consent.scopes.every((scope) => scopes.includes(scope)) && isWhatWasAsked(asked, consent.details)
  if (session?.accountId === undefined || prompt.name !== 'consent' || !isWithin)
    throw new Error('a consent answers what was asked, of somebody who is known')
  const user = await options.findUser(session.accountId)
  if (user === undefined) throw new Problem(problems.INTERACTION_GONE)
  const now_s = options.keeping.clock.wall.now().getTime() / 1000
  const grant = new provider.Grant({
    accountId: session.accountId,
    clientId: String(params.client_id),
    expiresIn: Math.max(1, Math.floor(consent.expires_at.getTime() / 1000 - now_s)),
  } as ConstructorParameters<Provider['Grant']>[0]) as BankGrant
  grant.jti = consent.consent_id
  const rejected = scopes.filter((scope) => !consent.scopes.includes(scope))
  grant.addOIDCScope(consent.scopes.join(' '))
  grant.addResourceScope(resourceOf(provider.issuer), consent.scopes.join(' '))
  if (rejected.length > 0) {
    grant.rejectOIDCScope(rejected.join(' '))
    grant.rejectResourceScope(resourceOf(provider.issuer), rejected.join(' '))
  }
  for (const detail of plainDetails(consent.details)) grant.addRar(detail)
  const { session_id, amr, acr, auth_time } = consent
  grant.bank = { session_id, amr: [...amr], acr, auth_time, customer_id: user.customer_id }
  return grant.save()
}
