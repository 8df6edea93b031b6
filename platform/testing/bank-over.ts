import type { KeyProvider } from '#libs/crypto/key-provider.ts'
import { generateSigningKey, type SigningKey } from '#libs/crypto/signing-keys.ts'
import { createLog } from '#libs/telemetry/log.ts'
import { Bank } from '../bank.ts'
import { targetOf } from '../databases.ts'
import type { EmbeddedServer } from '../embedded/server.ts'

/** What a bank is opened over, and what of it. */
export interface Ground {
  server: EmbeddedServer
  keys: KeyProvider
  here: readonly string[]
  env?: Record<string, string>
  logLevel?: 'warn' | 'fatal' | 'silent'
  /** Where services that are not here are asked; nobody answers for them unless given. */
  urlOf?: (service: string) => string | undefined
}

/** An address where nobody answers. */
const NOBODY = 'http://127.0.0.1:9'

/** Opens services in this process over an embedded server whose databases stand; one key, which is handed out, signs for all services. */
export async function openOver(ground: Ground): Promise<{ bank: Bank; serviceKey: SigningKey }> {
  const { server, keys, here, env = {}, logLevel = 'silent', urlOf = () => NOBODY } = ground
  const serviceKey = generateSigningKey()
  const bank = new Bank({
    profile: 'sandbox',
    here: [...here],
    env,
    keys,
    targetOf: (service, role) => targetOf(server.options, keys, service, role),
    log: createLog({ service: 'bank', level: logLevel }),
    urlOf,
    keyOf: () => serviceKey,
    keysOfService: () => new Map([[serviceKey.kid, serviceKey.publicKey]]),
  })
  await bank.open()
  return { bank, serviceKey }
}
