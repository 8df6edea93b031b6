import { file, integer } from '#libs/config/kinds.ts'
import { declareSettings, type Environment, readSettings, SettingsRefused } from '#libs/config/settings.ts'
import type { Profile } from '#libs/service/service.ts'

/** What an operator may set of the gateway's second door, for third parties with certificates. */
export const mtlsSettings = declareSettings({
  mtls_port: integer({
    env: 'BANKFLOW_MTLS_PORT',
    default: undefined,
    min: 0,
    max: 65_535,
    describe: 'the port at which the gateway asks third parties for their certificates (TLS 1.3); none unless set',
  }),
  mtls_cert_file: file({
    env: 'BANKFLOW_MTLS_CERT_FILE',
    default: undefined,
    describe:
      'the certificate (PEM, with its chain) of that port; a sandbox makes one in its home, production must name it',
  }),
  mtls_key_file: file({
    env: 'BANKFLOW_MTLS_KEY_FILE',
    default: undefined,
    describe: 'the key (PEM) of that certificate',
  }),
  mtls_ca_file: file({
    env: 'BANKFLOW_MTLS_CA_FILE',
    default: undefined,
    describe:
      'the authorities (PEM) whose certificates third parties may have; changed files are read again by themselves',
  }),
  mtls_crl_file: file({
    env: 'BANKFLOW_MTLS_CRL_FILE',
    default: undefined,
    describe: 'the revocation lists (PEM) of those authorities; one that has run out lets nobody in',
  }),
})

export interface MtlsSettings {
  port: number
  /** Null for a sandbox that makes its own. */
  files: { certificate: string; key: string; authority: string; revocations: string | undefined } | null
}

const MTLS_FILES = ['mtls_cert_file', 'mtls_key_file', 'mtls_ca_file'] as const
/** Where a sandbox's second door is reached; nobody knows before it is open at a port that it may choose. */
export const localOrigin = (port: number): string | undefined => (port === 0 ? undefined : `https://localhost:${port}`)

/** The second door, all or none of it named; a bank in production is known by names at both doors. */
export function mtlsOf(env: Environment, profile: Profile): MtlsSettings | undefined {
  const values = readSettings(mtlsSettings, env)
  const { mtls_port: port, mtls_cert_file, mtls_key_file, mtls_ca_file, mtls_crl_file: revocations } = values
  const missing = MTLS_FILES.filter((name) => values[name] === undefined).map((name) => mtlsSettings[name].env)
  const isNamed = missing.length < MTLS_FILES.length || revocations !== undefined
  if (port === undefined) {
    if (isNamed)
      throw new SettingsRefused('BANKFLOW_MTLS_PORT is not set, and nothing else makes use of the BANKFLOW_MTLS files')
    return undefined
  }
  if (profile === 'production')
    for (const name of ['BANKFLOW_PUBLIC_ORIGIN', 'BANKFLOW_MTLS_ORIGIN'])
      if (env[name] === undefined)
        throw new SettingsRefused(`BANKFLOW_MTLS_PORT: third parties need to know ${name} as well; set it`)
  if (missing.length > 0 && (isNamed || profile === 'production'))
    throw new SettingsRefused(`BANKFLOW_MTLS_PORT: ${missing.join(' and ')} must be set for it`)
  if (mtls_cert_file === undefined || mtls_key_file === undefined || mtls_ca_file === undefined)
    return { port, files: null }
  return { port, files: { certificate: mtls_cert_file, key: mtls_key_file, authority: mtls_ca_file, revocations } }
}
