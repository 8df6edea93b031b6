import { file, integer, text, url } from '#libs/config/kinds.ts'
import { declareSettings, type ValuesOf } from '#libs/config/settings.ts'
import { operationsFor } from '#libs/http/implement.ts'
import type { Queues } from '#libs/jobs/queues.ts'
import { reactionsOf } from '#libs/outbox/react.ts'
import { jobsOf, type Profile } from '#libs/service/service.ts'
import type { BreachedPasswords } from './breached/breached-passwords.ts'
import type { AuthorizationServer } from './oauth/authorization-server.ts'
import type { KeyRing } from './store/key-ring.ts'
import type { Vault } from './vault.ts'

export const settings = declareSettings({
  access_token_ttl_s: integer({
    env: 'BANKFLOW_ACCESS_TOKEN_TTL_S',
    default: 900,
    min: 60,
    // The revocation feed reaches back 20 minutes: no token may outlive it.
    max: 1_200,
    describe: 'Seconds that an access token is good for',
  }),
  refresh_token_ttl_s: integer({
    env: 'BANKFLOW_REFRESH_TOKEN_TTL_S',
    default: 604_800,
    min: 3_600,
    max: 2_592_000,
    describe: 'Seconds after which an unused refresh token ends its session',
  }),
  session_ttl_s: integer({
    env: 'BANKFLOW_SESSION_TTL_S',
    default: 2_592_000,
    min: 3_600,
    max: 7_776_000,
    describe: 'Seconds after which a session ends however busy it is',
  }),
  code_ttl_s: integer({
    env: 'BANKFLOW_CODE_TTL_S',
    default: 900,
    min: 60,
    max: 3_600,
    describe: 'Seconds that a mailed code is good for',
  }),
  challenge_ttl_s: integer({
    env: 'BANKFLOW_CHALLENGE_TTL_S',
    default: 300,
    min: 30,
    max: 900,
    describe: 'Seconds to complete a sign-in with the second factor',
  }),
  refresh_replay_s: integer({
    env: 'BANKFLOW_REFRESH_REPLAY_S',
    default: 10,
    min: 0,
    max: 60,
    describe: 'Seconds in which a used refresh token answers its successor again to the same device',
  }),
  mails_per_hour: integer({
    env: 'BANKFLOW_MAILS_PER_HOUR',
    default: 5,
    min: 1,
    max: 1_000,
    describe: 'Mails of one sort that one address is sent within an hour at most',
  }),
  web_idle_s: integer({
    env: 'BANKFLOW_WEB_IDLE_S',
    default: 600,
    min: 60,
    max: 3_600,
    describe: "Seconds without a request after which a browser's session ends",
  }),
  web_ttl_s: integer({
    env: 'BANKFLOW_WEB_TTL_S',
    default: 43_200,
    min: 600,
    max: 86_400,
    describe: "Seconds after which a customer's browser session ends however busy it is",
  }),
  web_staff_ttl_s: integer({
    env: 'BANKFLOW_WEB_STAFF_TTL_S',
    default: 14_400,
    min: 600,
    max: 43_200,
    describe: "Seconds after which a staff member's browser session ends however busy it is",
  }),
  device_cooling_off_s: integer({
    env: 'BANKFLOW_DEVICE_COOLING_OFF_S',
    default: 86_400,
    min: 0,
    max: 2_592_000,
    describe: 'Seconds after which a device that a user signs in from for the first time is no longer new',
  }),
  public_origin: text({
    env: 'BANKFLOW_PUBLIC_ORIGIN',
    default: undefined,
    pattern: /^https?:\/\/[a-z0-9.:[\]-]+$/,
    form: 'an origin like https://bank.example.com',
    describe: 'The origin that browsers know the bank by; passkeys are bound to its host',
  }),
  breached_list: file({
    env: 'BANKFLOW_BREACHED_LIST',
    default: undefined,
    exists: true,
    describe:
      'A list of breached passwords made by tools/breached-passwords.ts, instead of the small one that comes with the bank',
  }),
  breached_range_url: url({
    env: 'BANKFLOW_BREACHED_RANGE_URL',
    default: undefined,
    describe:
      'Where breached passwords are looked up by the first five characters of their SHA-1, like https://api.pwnedpasswords.com/range',
  }),
  breached_range_timeout_ms: integer({
    env: 'BANKFLOW_BREACHED_RANGE_TIMEOUT_MS',
    default: 800,
    min: 50,
    max: 5_000,
    describe: 'Milliseconds that such a look-up may take; the list on this machine decides alone then',
  }),
  stuffed_addresses: integer({
    env: 'BANKFLOW_STUFFED_ADDRESSES',
    default: 25,
    min: 5,
    max: 10_000,
    describe:
      'Addresses that may fail within an hour with one password, or from one network source, before whoever does that is slowed',
  }),
  mtls_origin: text({
    env: 'BANKFLOW_MTLS_ORIGIN',
    default: undefined,
    pattern: /^https:\/\/[a-z0-9.:[\]-]+$/,
    form: 'an origin like https://mtls.bank.example.com',
    describe: 'The origin at which third parties are asked for their certificates (mtls_endpoint_aliases)',
  }),
  conformance_code: text({
    env: 'BANKFLOW_CONFORMANCE_CODE',
    default: undefined,
    pattern: /^[0-9]{8}$/,
    form: 'eight digits',
    describe: 'The code that the user of the profile conformance may always answer with; that profile alone sets it',
  }),
  failures_per_source: integer({
    env: 'BANKFLOW_LOGIN_FAILURES_PER_SOURCE',
    default: 100,
    min: 5,
    max: 1_000_000,
    describe: 'Failed sign-ins and wrong codes that one network source may cause within 15 minutes',
  }),
})

/** What every operation of identity may use besides its transaction. */
export interface Own {
  profile: Profile
  settings: ValuesOf<typeof settings>
  vault: Vault
  keyRing: KeyRing
  oauth: AuthorizationServer
  breached: BreachedPasswords
  queues: Queues
}

export const { implement, implementRead, implementRaw } = operationsFor<Own>()
export const job = jobsOf<Own>()
export const react = reactionsOf<Own>()
