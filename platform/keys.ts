import type { KeyObject } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { SettingsRefused } from '#libs/config/settings.ts'
import { type KeyProvider, localKeyProvider } from '#libs/crypto/key-provider.ts'
import {
  generateSigningKey,
  importSigningKey,
  importVerifyingKey,
  privateJwk,
  publicJwk,
  type SigningKey,
} from '#libs/crypto/signing-keys.ts'
import { GATEWAY, serviceNames } from './catalogue.ts'
import type { PlatformSettings } from './settings.ts'

/** The master key: a sandbox makes its own at the first start; production is given one, and never a published one. */
export function masterKey(settings: PlatformSettings): KeyProvider {
  const isProduction = settings.profile === 'production'
  if (isProduction && settings.masterKeyFile === undefined) {
    throw new SettingsRefused(
      'BANKFLOW_MASTER_KEY_FILE is not set: production seals with a key of its own; `npm run seed -- --master-key FILE` makes one',
    )
  }
  const file = settings.masterKeyFile ?? join(settings.home, 'keys', 'master.key')
  return localKeyProvider({ file, create: settings.masterKeyFile === undefined, refuseDevelopmentKey: isProduction })
}

/** The keys that services of different processes know each other by. */
export interface ServiceKeys {
  /** The key that a service of this process signs with. */
  keyOf(service: string): SigningKey
  /** The keys that a service's tokens are verified by. */
  keysOfService(service: string): ReadonlyMap<string, KeyObject>
}

const NONE: ReadonlyMap<string, KeyObject> = new Map()

/** Service keys: files when the bank is split; in one process nothing is signed that anybody else would read. */
export function serviceKeys(settings: PlatformSettings): ServiceKeys {
  const { serviceKeyFiles, serviceKeysFile } = settings
  if (!settings.isSplit) {
    const own = generateSigningKey()
    return { keyOf: () => own, keysOfService: () => NONE }
  }
  if (serviceKeyFiles.length === 0 || serviceKeysFile === undefined) {
    throw new SettingsRefused(
      'SERVICE needs SERVICE_KEY_FILE and SERVICE_KEYS; `npm run seed -- --service-keys FOLDER` makes them',
    )
  }
  const own = new Map(serviceKeyFiles.map(privateKeyIn))
  const missing = settings.here.find((service) => !own.has(service))
  if (missing !== undefined) throw new SettingsRefused(`SERVICE_KEY_FILE: no key of ${missing} is among the files`)
  const known = new Map(
    Object.entries(readJson(serviceKeysFile, 'SERVICE_KEYS')).map(([service, jwk]) => {
      const { kid, publicKey } = importVerifyingKey(jwk)
      return [service, new Map([[kid, publicKey]])] as const
    }),
  )
  return { keyOf: (service) => own.get(service) as SigningKey, keysOfService: (service) => known.get(service) ?? NONE }
}

/** The key in a SERVICE_KEY_FILE, and the service that signs with it. */
export function privateKeyIn(file: string): [service: string, key: SigningKey] {
  const { service, ...jwk } = readJson(file, 'SERVICE_KEY_FILE')
  if (typeof service !== 'string') throw new SettingsRefused(`SERVICE_KEY_FILE: ${file} does not name its service`)
  return [service, importSigningKey(jwk)]
}

function readJson(file: string, variable: string): Record<string, unknown> {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>
  } catch {
    throw new SettingsRefused(`${variable}: ${file} is not a readable JSON file`)
  }
}

/**
 * Makes a key for each service: `<service>.json` (private, for SERVICE_KEY_FILE) and `public.json` (for SERVICE_KEYS). Rejects where
 * one of the files is there already.
 */
export async function writeServiceKeys(folder: string): Promise<Map<string, SigningKey>> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const made = new Map([...serviceNames, GATEWAY].map((service) => [service, generateSigningKey()] as const))
  for (const [service, key] of made) {
    const text = JSON.stringify({ service, ...privateJwk(key) })
    await writeFile(join(folder, `${service}.json`), text, { mode: 0o600, flag: 'wx' })
  }
  const known = Object.fromEntries([...made].map(([service, key]) => [service, publicJwk(key)]))
  await writeFile(join(folder, 'public.json'), JSON.stringify(known, null, 2), { flag: 'wx' })
  return made
}
