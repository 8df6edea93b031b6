import type { KeyObject } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { SettingsRefused } from '#libs/config/settings.ts'
import { type KeyProvider, localKeyProvider } from '#libs/crypto/key-provider.ts'
import { generateSigningKey, importSigningKey, importVerifyingKey, type SigningKey } from '#libs/crypto/signing-keys.ts'
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
  own: SigningKey
  keysOfService(service: string): ReadonlyMap<string, KeyObject>
}

/** Service keys: files when the bank is split; in one process nothing is signed that anybody else would read. */
export function serviceKeys(settings: PlatformSettings): ServiceKeys {
  const { serviceKeyFile, serviceKeysFile } = settings
  if (!settings.isSplit) return { own: generateSigningKey(), keysOfService: () => new Map() }
  if (serviceKeyFile === undefined || serviceKeysFile === undefined) {
    throw new SettingsRefused(
      'SERVICE needs SERVICE_KEY_FILE and SERVICE_KEYS; `npm run seed -- --service-keys FOLDER` makes them',
    )
  }
  const known = JSON.parse(readFileSync(serviceKeysFile, 'utf8')) as Record<string, unknown>
  const keys = new Map(
    Object.entries(known).map(([service, jwk]) => {
      const { kid, publicKey } = importVerifyingKey(jwk)
      return [service, new Map([[kid, publicKey]])] as const
    }),
  )
  const none: ReadonlyMap<string, KeyObject> = new Map()
  return {
    own: importSigningKey(JSON.parse(readFileSync(serviceKeyFile, 'utf8'))),
    keysOfService: (service) => keys.get(service) ?? none,
  }
}
