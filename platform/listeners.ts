import type { AddressInfo } from 'node:net'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { resolveWebSession } from '#contracts/api/identity.ts'
import { resolveApiKey } from '#contracts/api/identity-api-keys.ts'
import { type Clock, isoDate } from '#libs/clock/clock.ts'
import { type Environment, readSettings } from '#libs/config/settings.ts'
import type { Caller } from '#libs/contract/client.ts'
import { isInternal, type Operation } from '#libs/contract/operation.ts'
import { callersAtEdge, callersBehindGateway, type EdgeCallers } from '#libs/http/callers.ts'
import { followDeadlines } from '#libs/http/deadline.ts'
import { registerInternalRoutes } from '#libs/http/internal-routes.ts'
import { publicPath } from '#libs/http/openapi.ts'
import { requestTrace } from '#libs/http/request-trace.ts'
import { registerRoute } from '#libs/http/routes.ts'
import { createHttpServer } from '#libs/http/server.ts'
import { measureRequests } from '#libs/http/server-metrics.ts'
import { traceRequests } from '#libs/http/server-spans.ts'
import { isUnreconciled } from '#libs/sql/restores.ts'
import type { Metrics } from '#libs/telemetry/metrics.ts'
import { settings as gatewaySettings } from '#services/api-gateway/src/config.ts'
import { registerDocumentation } from '#services/api-gateway/src/documentation.ts'
import { registerEdge } from '#services/api-gateway/src/edge.ts'
import { FreshCallers, type FreshMarkers } from '#services/api-gateway/src/fresh-callers.ts'
import { gatewayToken, type SeenAtEdge } from '#services/api-gateway/src/gateway-token.ts'
import { type PartState, registerHealth } from '#services/api-gateway/src/health.ts'
import { registerProxy } from '#services/api-gateway/src/proxy.ts'
import { registerWebApp } from '#services/api-gateway/src/web-app.ts'
import { settings as identitySettings } from '#services/identity-service/src/config.ts'
import type { Bank } from './bank.ts'
import { constraints, GATEWAY, publicRoutes, serviceNames } from './catalogue.ts'

export const VERSION = '0.1.0'

/** What the gateway may be given besides the bank. */
export interface GatewayOptions {
  /** The folder of the built web app; without it `/` leads to the documentation. */
  webApp?: string | undefined
}

/** The one origin of the bank: the gateway's edge before every public operation, here or in another process. */
export function gatewayListener(bank: Bank, metrics: Metrics, { webApp }: GatewayOptions = {}): FastifyInstance {
  const { options } = bank
  const settings = readSettings(gatewaySettings, options.env)
  const { originOf, targetOf } = originsOf(settings.public_origin, options.env, () => portOf(server))
  const fresh = new FreshCallers(markersOf(bank))
  const isFresh = (_request: FastifyRequest, caller: Caller): Promise<boolean> => fresh.isFresh(caller)
  const callers = { ...callersAtEdge(bank.verifier, (request) => [targetOf(request)]), originOf, isFresh }
  const isSandbox = options.profile === 'sandbox'
  const server = createHttpServer({
    log: options.log,
    bodyLimitBytes: settings.body_limit_bytes,
    constraints,
    trustedProxies: settings.trusted_proxies,
  })
  traceRequests(server, () => GATEWAY)
  registerEdge(server, {
    settings,
    callers,
    log: options.log,
    metrics,
    isSandbox,
    suiteOrigin: options.env.BANKFLOW_PROFILE === 'conformance' ? settings.public_origin : undefined,
    resolveSession: (asked, request) =>
      bank.client.call(resolveWebSession, { body: asked }, { trace: requestTrace(request) }),
    resolveKey: (asked, request) => bank.client.call(resolveApiKey, { body: asked }, { trace: requestTrace(request) }),
    fresh,
    historyAt: () => historyAt(bank.clock),
    cache: bank.cache,
  })
  const routes = publicRoutes(options.profile)
  const proxy = {
    others: bank.others,
    originOf,
    isFresh: async (request: FastifyRequest) => fresh.isFresh(await callers.callerOf(request)),
    tokenFor: async (operation: Operation, request: FastifyRequest) => {
      const seen = await seenAtEdge(callers, operation, request)
      return gatewayToken({ gateway: GATEWAY, service: operation.service, seen }, options.keyOf(GATEWAY), nowS())
    },
  }
  for (const route of routes) {
    const executor = bank.executorOf(route.operation)
    if (executor === undefined) registerProxy(server, route, proxy)
    else
      registerRoute(
        server,
        publicPath(route.operation, route.path).slice(0, -route.path.length),
        route.path,
        executor,
        callers,
      )
  }
  registerDocumentation(server, routes, { version: VERSION, hasApp: webApp !== undefined })
  if (webApp !== undefined) registerWebApp(server, { folder: webApp })
  registerHealth(server, { metrics, version: VERSION, parts: () => partsOf(bank) })
  return server
}

/** Who wrote lately: of gateways that share nothing each knows only its own writers, so that there nobody is known not to be one. */
function markersOf({ cache, options }: Bank): FreshMarkers {
  const isAlone = options.here.length > serviceNames.length
  return cache.figures().kind === 'redis' || isAlone ? cache : { ...cache, isWhole: () => false }
}

/**
 * By which origin a client knows the bank (`originOf`), which is the issuer of its tokens, whichever door it came through; and which one it
 * asked (`targetOf`), which proofs are made for. A sandbox is known by whatever name of this machine a client uses.
 */
function originsOf(public_origin: string | undefined, env: Environment, port: () => number): Origins {
  const { mtls_origin } = readSettings(identitySettings, env)
  const asked = (request: FastifyRequest): string => `${request.protocol}://${request.host}`
  const isSecondDoor = ({ raw }: FastifyRequest): boolean => 'encrypted' in raw.socket && raw.socket.encrypted === true
  return {
    originOf: (request) =>
      public_origin ?? (isSecondDoor(request) ? `http://${request.hostname}:${port()}` : asked(request)),
    targetOf: (request) => (isSecondDoor(request) ? mtls_origin : public_origin) ?? asked(request),
  }
}

interface Origins {
  originOf(request: FastifyRequest): string
  targetOf(request: FastifyRequest): string
}

function portOf(server: FastifyInstance): number {
  return (server.server.address() as AddressInfo).port
}

/** A raw operation checks credentials by its own protocol, and needs the certificate for it; to any other a token is all. */
async function seenAtEdge(callers: EdgeCallers, operation: Operation, request: FastifyRequest): Promise<SeenAtEdge> {
  const pop = operation.access.anyone === true ? null : await callers.vouchedFor(request)
  return { pop, certificate: operation.raw ? callers.certificateOf(request) : null }
}

/**
 * What other processes of the bank reach: every operation of the services here, batches and events. Services come by their own token;
 * users, strangers and the sandbox's own routes only through the gateway, whose token vouches for the address that it forwards.
 */
export function serviceListener(bank: Bank, metrics: Metrics): FastifyInstance {
  const { options } = bank
  const server = createHttpServer({ log: options.log, bodyLimitBytes: 8 * 1024 * 1024, constraints })
  traceRequests(server, (request) => ownerOf(bank, request))
  measureRequests(server, metrics)
  followDeadlines(server)
  const tokens = { keysOfService: options.keysOfService, nowS }
  for (const runtime of bank.runtimes.values()) {
    const callers = callersBehindGateway(bank.verifier, { ...tokens, audience: runtime.definition.name }, GATEWAY)
    for (const executor of runtime.executors.values()) {
      const { contract } = executor
      if (contract.sandbox && options.profile !== 'sandbox') continue
      const url = isInternal(contract) ? contract.path : publicPath(contract, contract.path)
      registerRoute(server, url.slice(0, -contract.path.length), contract.path, executor, callers)
    }
  }
  const reachable = [...bank.runtimes.values()].map((runtime) => ({
    name: runtime.definition.name,
    executors: runtime.executors,
    events: runtime.events,
  }))
  registerInternalRoutes(server, reachable, tokens)
  registerHealth(server, { metrics, version: VERSION, parts: () => partsOf(bank) })
  return server
}

/** The service that a request between processes is for: that of its operation, or of the batch's. */
function ownerOf({ runtimes }: Bank, { routeOptions: { url = '', config } }: FastifyRequest): string {
  const [batched] = /[^/]*$/.exec(url) ?? []
  const owners = [...runtimes.values()]
  const owner = owners.find(({ executors }) => executors.has(batched ?? '')) ?? owners[0]
  return config.operation?.service ?? owner?.definition.name ?? GATEWAY
}

function nowS(): number {
  return Math.floor(Date.now() / 1000)
}

/** How far the bank's clock may be behind the wall's without being in its history: the present moves on while its last day is closed. */
const BEHIND_MS = 60_000

/** The business date of a bank that still lives through its history, undefined where it has reached the present. */
function historyAt({ wall, bank }: Clock): string | undefined {
  return bank.now().getTime() < wall.now().getTime() - BEHIND_MS ? bank.businessDate() : undefined
}

/** The history of a demo bank, while it is being made: everything answers meanwhile, so it is no reason to wait. */
function historyPart({ clock }: Bank): PartState[] {
  const date = historyAt(clock)
  if (date === undefined) return []
  const detail = `it has come to ${date}; until it reaches ${isoDate(clock.wall.now())} no money is moved for people`
  return [{ name: 'history', isReady: true, detail }]
}

const PROBE_MS = 1_000

/** Every service here, by a question to its database that must be answered within a second, and the history where there is one. */
async function partsOf(bank: Bank): Promise<PartState[]> {
  const services = await Promise.all(
    [...bank.runtimes.values()].map(async ({ definition, database }) => {
      const late = new Promise<never>((_, reject) =>
        setTimeout(() => reject(new Error('no answer within a second')), PROBE_MS).unref(),
      )
      try {
        const isRestored = await Promise.race([isUnreconciled(database.reader), late])
        if (!isRestored) return { name: definition.name, isReady: true }
        return { name: definition.name, isReady: false, detail: 'it was restored: npm run reconcile' }
      } catch {
        return { name: definition.name, isReady: false, detail: 'its database does not answer' }
      }
    }),
  )
  return [...services, ...historyPart(bank), ...bank.readiness.parts()]
}
