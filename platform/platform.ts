import { mkdirSync, openSync } from 'node:fs'
import type { Server as HttpsServer } from 'node:https'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import { type DestinationStream, pino } from 'pino'
import type { Cache } from '#libs/cache/cache.ts'
import { moveWallClock } from '#libs/clock/wall-offset.ts'
import type { KeyProvider } from '#libs/crypto/key-provider.ts'
import { createLog, type Log } from '#libs/telemetry/log.ts'
import { createMetrics } from '#libs/telemetry/metrics.ts'
import { Bank, type BankOptions } from './bank.ts'
import { GATEWAY, serviceNames } from './catalogue.ts'
import { seedConformance } from './conformance.ts'
import { migrateAll, type Server, serverOf, targetOf } from './databases.ts'
import { beginDemo } from './demo/begin.ts'
import type { History } from './demo/history.ts'
import { type EmbeddedServer, startEmbeddedServer } from './embedded/server.ts'
import { masterKey, serviceKeys } from './keys.ts'
import { gatewayListener, serviceListener, VERSION } from './listeners.ts'
import { closeWithin, listenAt, probePlace } from './listening.ts'
import type { MtlsFiles } from './mtls-authority.ts'
import { listenTls, openMtlsDoor } from './mtls-listener.ts'
import { registerPlatformMetrics } from './platform-metrics.ts'
import { openCache } from './redis-settings.ts'
import { seedSandbox } from './sandbox.ts'
import type { PlatformSettings } from './settings.ts'
import { startTelemetry, type Telemetry } from './telemetry.ts'
import { builtWebApp } from './web-app.ts'

/** A running platform: the services of this process, their listeners and, where it is ours, the database server. */
export interface Platform {
  bank: Bank
  /** Where the gateway (or, without it, the service listener) answers. */
  url: string
  serviceUrl: string | undefined
  /** Where third parties are asked for certificates, and the authority (a file) whose certificates they may have. */
  mtls: { url: string; authority: string } | undefined
  embedded: EmbeddedServer | undefined
  /** The demo bank's year on its way to today, where there is one. */
  history: History | undefined
  /** Says that it is not ready, then accepts nothing new, answers what is under way, stops the services and, last, the database. */
  stop(): Promise<void>
}

/** Tells the operator what is going on, one line a step. */
export type Say = (line: string) => void

/** Starts everything that the settings name, in order: database, migrations, services, listeners, the sandbox's people. */
export async function startPlatform(settings: PlatformSettings, say: Say): Promise<Platform> {
  // A full start takes seconds and changes the home: whether anybody could reach it is asked before.
  if (settings.here.includes(GATEWAY)) await probePlace(settings)
  if (settings.mtls !== undefined) await probePlace({ port: settings.mtls.port, host: settings.host })
  if (settings.isSplit) await probePlace({ port: settings.servicePort, host: settings.host })
  mkdirSync(settings.home, { recursive: true })
  moveWallClock(settings.wallOffsetMs)
  const keys = masterKey(settings)
  const { keyOf, keysOfService } = serviceKeys(settings)
  const log = platformLog(settings)
  const webApp = settings.here.includes(GATEWAY) ? builtWebApp(settings.home, say) : undefined
  const started: (() => Promise<void>)[] = []
  const stop = async (): Promise<void> => {
    for (const undo of started.splice(0).reverse()) await undo()
  }
  try {
    const embedded = needsEmbedded(settings) ? await startDatabase(settings, log, say, started) : undefined
    const server =
      embedded?.options ?? (settings.databaseUrl === undefined ? undefined : serverOf(settings.databaseUrl))
    if (server && !settings.isSplit) await migrated(server, settings, keys, say)
    const telemetry = settings.telemetry && (await startTelemetry(settings.telemetry, VERSION, log))
    if (telemetry !== undefined) started.push(() => telemetry.stop())
    const bank = new Bank({
      cache: await openedCache(settings, log, started),
      profile: settings.profile,
      here: settings.here,
      env: settings.env,
      keys,
      log,
      urlOf: settings.urlOf,
      keyOf,
      keysOfService,
      ...databasesOf(settings, server, keys),
      tuning: settings.databaseTuning,
    })
    started.push(() => bank.stop())
    await bank.open()
    say(`services: ${settings.here.map((service) => service.replace('-service', '')).join(', ')}`)
    if (settings.profile === 'sandbox' && bank.runtimes.has('identity-service')) await seedSandbox(bank, say)
    if (settings.isConformance) await seedConformance(bank, say)
    const history = settings.demo === 'full' ? await beginDemo(bank, settings.home, say) : undefined
    if (history !== undefined) started.push(() => history.stop())
    const outside = { webApp: await webApp, telemetry }
    // Begun before anybody can ask for `/ready`; not waited for, since the others wait for this process too.
    void bank.readiness.meet(
      bank.others,
      serviceNames.filter((service) => !settings.here.includes(service)),
    )
    const places = await listen(bank, settings, outside, started)
    // The last thing begun is the first to be undone.
    started.push(() => leaveRota(bank, settings.drainDelayS))
    return { bank, ...places, embedded, history, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** A pooler hands sessions around, and a migration keeps one; who is to migrate then is told. */
async function migrated(server: Server, settings: PlatformSettings, keys: KeyProvider, say: Say): Promise<void> {
  const withData = settings.here.filter((service) => service !== GATEWAY)
  if (!settings.databaseTuning.isPooled) return migrateAll(server, keys, withData, say)
  say('databases: not migrated, since BANKFLOW_POOLER is set; `npm run migrate` past the pooler does it')
}

/** Where each service finds its database, and the copies of it that may answer a little late. */
function databasesOf(
  settings: PlatformSettings,
  server: Server | undefined,
  keys: KeyProvider,
): Pick<BankOptions, 'targetOf' | 'replicasOf'> {
  return {
    targetOf: (service, role) => {
      const url = settings.databaseUrlOf(service)
      if (url !== undefined) return { url }
      return targetOf(server as Server, keys, service, role)
    },
    replicasOf: (service) => {
      const url = settings.readerUrlOf(service)
      if (url !== undefined) return { url }
      if (settings.readerUrl === undefined || settings.databaseUrlOf(service) !== undefined) return undefined
      return targetOf(serverOf(settings.readerUrl), keys, service, 'reader')
    },
  }
}

/** What the bank's processes share; let go of when nothing of the bank is at work any more. */
async function openedCache({ env }: PlatformSettings, log: Log, started: (() => Promise<void>)[]): Promise<Cache> {
  const cache = await openCache(env, log)
  started.push(() => cache.close())
  return cache
}

/** Says that it is not ready, and goes on answering until whoever spreads requests has seen it. */
async function leaveRota(bank: Bank, drainDelayS: number): Promise<void> {
  bank.readiness.drain()
  await sleep(drainDelayS * 1000)
}

function needsEmbedded(settings: PlatformSettings): boolean {
  if (settings.databaseUrl !== undefined) return false
  return settings.here.some((service) => service !== GATEWAY && settings.databaseUrlOf(service) === undefined)
}

async function startDatabase(
  settings: PlatformSettings,
  log: Log,
  say: Say,
  started: (() => Promise<void>)[],
): Promise<EmbeddedServer> {
  const embedded = await startEmbeddedServer({
    home: settings.home,
    log: (line) => log.info(line),
    maxConnections: 120,
  })
  started.push(() => embedded.stop())
  embedded.onState((state) => {
    if (state === 'down') say('the database stopped; starting it again (requests answer 503 meanwhile)')
    if (state === 'ready') say('the database is back')
  })
  say(`database: PostgreSQL ${embedded.version}, embedded`)
  return embedded
}

async function listen(
  bank: Bank,
  settings: PlatformSettings,
  { webApp, telemetry }: { webApp: string | undefined; telemetry: Telemetry | undefined },
  started: (() => Promise<void>)[],
): Promise<Pick<Platform, 'url' | 'serviceUrl' | 'mtls'>> {
  const metrics = createMetrics()
  registerPlatformMetrics(metrics, bank)
  telemetry?.registerMetrics(metrics)
  const { host, maxConnections, drainS } = settings
  const open = (server: FastifyInstance, port: number, doors: readonly HttpsServer[] = []): Promise<string> => {
    started.push(() => closeWithin(server, drainS, doors))
    return listenAt(server, { port, host, maxConnections })
  }
  const serviceUrl = settings.isSplit ? await open(serviceListener(bank, metrics), settings.servicePort) : undefined
  if (!settings.here.includes(GATEWAY)) return { url: serviceUrl as string, serviceUrl, mtls: undefined }
  const gateway = gatewayListener(bank, metrics, { webApp })
  if (settings.mtls === undefined) return { url: await open(gateway, settings.port), serviceUrl, mtls: undefined }
  const files = settings.mtls.files ?? (await developmentFiles(settings.home))
  const door = openMtlsDoor(gateway, files, bank.options.log)
  process.on('SIGHUP', door.reload)
  started.push(async () => void process.off('SIGHUP', door.reload))
  const url = await open(gateway, settings.port, [door.server])
  const mtlsUrl = await listenTls(door.server, { port: settings.mtls.port, host, maxConnections })
  return { url, serviceUrl, mtls: { url: mtlsUrl, authority: files.authority } }
}

/** A sandbox's own authority; its library is loaded by nobody else. */
async function developmentFiles(home: string): Promise<MtlsFiles> {
  const authority = await import('./mtls-authority.ts')
  return authority.developmentFiles(join(home, 'mtls'))
}

/** One process on a laptop logs to a file, so that its window stays readable; a service of many logs to standard output. */
function platformLog(settings: PlatformSettings): Log {
  const options = { service: 'platform', level: settings.logLevel }
  if (settings.isSplit || settings.profile === 'production') return createLog(options)
  return createLog({ ...options, destination: logFile(join(settings.home, 'log')) })
}

/** Opens its file with the first line: a second start on a home that is taken refuses before it, and leaves the log of the first alone. */
function logFile(folder: string): DestinationStream {
  let file: DestinationStream | undefined
  const opened = (): DestinationStream => {
    mkdirSync(folder, { recursive: true })
    // By number, and so open at once: a file that is still being opened cannot be written out when the process ends.
    return pino.destination({ dest: openSync(join(folder, 'bankflow.jsonl'), 'a'), sync: false, minLength: 4096 })
  }
  return {
    write: (line) => {
      file ??= opened()
      file.write(line)
    },
  }
}
