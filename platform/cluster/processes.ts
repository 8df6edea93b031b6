import { join } from 'node:path'
import { GATEWAY, serviceNames } from '../catalogue.ts'
import { Part } from './part.ts'
import { freePort } from './ports.ts'
import { type Instance, instancesOf, variableOf } from './shape.ts'
import type { Warden } from './warden.ts'

const ROOT = join(import.meta.dirname, '../..')
/** A dozen programs start on two cores at once. */
const START_LIMIT_MS = 300_000
const STOP_LIMIT_MS = 20_000
const PROBE_MS = 5_000

/** What the processes of a bank stand on; everything is handed to them as settings. */
export interface Ground {
  readonly warden: Warden
  /** `DATABASE_URL`, and `<SERVICE>_DATABASE_URL` of services that are elsewhere. */
  readonly databases: Readonly<Record<string, string>>
  readonly masterKeyFile: string
  /** As `npm run seed -- --service-keys` makes it. */
  readonly serviceKeys: string
  /** Settings of all processes: profile, limits, Kafka, Redis. */
  readonly env: Readonly<Record<string, string>>
  /** Settings of one of them, by its name. */
  readonly envOf?: (name: string) => Readonly<Record<string, string>>
  /** The address by which other processes reach an instance: a proxy before it, say. Its own unless given. */
  readonly addressOf?: (name: string, url: string) => string | Promise<string>
  readonly countOf?: (service: string) => number
}

/** One process of a bank. */
export interface Member extends Instance {
  readonly part: Part
  /** Where it answers: a gateway for customers, any other for services. */
  readonly url: string
}

/** The processes of one bank. */
export interface Processes {
  readonly members: readonly Member[]
  /** Where the gateways answer. */
  readonly gateways: readonly string[]
  /** Throws when there is no such process. */
  partOf(name: string): Part
  /** Where others reach the instances of a service. */
  addressesOf(service: string): readonly string[]
  untilReady(): Promise<void>
  stop(): Promise<void>
}

/** Launches every process of a bank at once; `untilReady` waits until each of them says that it is. */
export async function launchProcesses(ground: Ground): Promise<Processes> {
  const places = await Promise.all(
    instancesOf(ground.countOf).map(async (instance) => {
      const url = `http://127.0.0.1:${await freePort()}`
      const reached = instance.service === GATEWAY ? url : ((await ground.addressOf?.(instance.name, url)) ?? url)
      return { ...instance, url, reached, servicePort: instance.service === GATEWAY ? await freePort() : undefined }
    }),
  )
  const addressesOf = (service: string): string[] =>
    places.filter((place) => place.service === service).map(({ reached }) => reached)
  const peers = Object.fromEntries(
    serviceNames.map((service) => [`${variableOf(service)}_URL`, addressesOf(service).join()]),
  )
  const members = places.map((place) => {
    const env = { ...peers, ...environmentOf(ground, place) }
    const part = new Part({
      name: place.name,
      command: process.execPath,
      args: ['tools/launch.mjs', 'platform/start.ts'],
      cwd: ROOT,
      env,
      ready: () => isReady(place.url),
      start_limit_ms: START_LIMIT_MS,
      stop_limit_ms: STOP_LIMIT_MS,
      warden: ground.warden,
    })
    part.launch()
    return { name: place.name, service: place.service, url: place.url, part }
  })
  return {
    members,
    gateways: members.filter(({ service }) => service === GATEWAY).map(({ url }) => url),
    partOf: (name) => {
      const found = members.find((member) => member.name === name)
      if (found === undefined) throw new Error(`the cluster has no process ${name}`)
      return found.part
    },
    addressesOf,
    untilReady: async () => void (await Promise.all(members.map(({ part }) => part.untilReady()))),
    stop: () => stopAll(members),
  }
}

/** Gateways first, so that nobody is refused in the middle of what he asked. */
async function stopAll(members: readonly Member[]): Promise<void> {
  const [gateways, others] = [true, false].map((is) => members.filter(({ service }) => (service === GATEWAY) === is))
  for (const group of [gateways, others]) await Promise.all((group ?? []).map(({ part }) => part.stop()))
}

type Place = Instance & { url: string; servicePort: number | undefined }

/** Nothing of our own environment that could be a setting of the bank. */
function environmentOf(ground: Ground, { name, service, url, servicePort }: Place): Record<string, string | undefined> {
  const isOurs = (variable: string): boolean =>
    /^(BANKFLOW_|KAFKA_|REDIS_|OTEL_|DATABASE_|SERVICE|PORT$|HOST$|.*_(DATABASE_|READER_)?URL$)/.test(variable)
  const inherited = Object.fromEntries(Object.entries(process.env).filter(([variable]) => !isOurs(variable)))
  const { warden, databases, masterKeyFile, serviceKeys, env, envOf } = ground
  return {
    ...inherited,
    NODE_TEST_CONTEXT: undefined,
    // Types are stripped once, not once a process.
    NODE_COMPILE_CACHE: join(ROOT, '.tmp/compile-cache'),
    BANKFLOW_PROFILE: 'sandbox',
    BANKFLOW_DEMO: 'none',
    BANKFLOW_LOG_LEVEL: 'warn',
    BANKFLOW_HOME: join(warden.home, name),
    BANKFLOW_MASTER_KEY_FILE: masterKeyFile,
    SERVICE: service.replace(/-service$/, ''),
    SERVICE_KEYS: join(serviceKeys, 'public.json'),
    SERVICE_KEY_FILE: join(serviceKeys, `${service}.json`),
    PORT: new URL(url).port,
    ...(servicePort === undefined ? {} : { BANKFLOW_SERVICE_PORT: String(servicePort) }),
    ...databases,
    ...env,
    ...envOf?.(name),
  }
}

async function isReady(url: string): Promise<boolean> {
  const answer = await fetch(`${url}/ready`, { signal: AbortSignal.timeout(PROBE_MS) })
  await answer.body?.cancel()
  return answer.ok
}
