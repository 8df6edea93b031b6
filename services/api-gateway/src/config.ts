import { isIP } from 'node:net'
import { integer, list, type Setting, text } from '#libs/config/kinds.ts'
import { declareSettings, type ValuesOf } from '#libs/config/settings.ts'

/** Addresses and networks, like 10.0.0.0/8. */
function networks(told: { env: string; default: readonly string[]; describe: string }): Setting<readonly string[]> {
  const texts = list<readonly string[]>({ ...told, form: 'addresses or networks like 10.0.0.0/8' })
  return {
    ...texts,
    parse(text) {
      const items = texts.parse(text)
      if ('refusal' in items || items.every(isNetwork)) return items
      return { refusal: 'has an item of another form' }
    },
  }
}

function isNetwork(text: string): boolean {
  const [address = '', bits, ...more] = text.split('/', 3)
  const version = isIP(address)
  if (bits === undefined) return version > 0
  if (more.length > 0) return false
  return version > 0 && /^\d{1,3}$/.test(bits) && Number(bits) >= 1 && Number(bits) <= (version === 4 ? 32 : 128)
}

/** What an operator may set of the edge. */
export const settings = declareSettings({
  requests_per_minute: integer({
    env: 'BANKFLOW_RATE_LIMIT_PER_MINUTE',
    default: 100,
    min: 1,
    max: 10_000_000,
    describe: 'requests a user (or an address without a token) may make in a minute',
  }),
  sign_ins_per_minute: integer({
    env: 'BANKFLOW_RATE_LIMIT_SIGN_IN_PER_MINUTE',
    default: 30,
    min: 1,
    max: 10_000_000,
    describe: 'requests to sign in or register, or without a token, an address may make to /auth in a minute',
  }),
  oauth_per_minute: integer({
    env: 'BANKFLOW_RATE_LIMIT_OAUTH_PER_MINUTE',
    default: 300,
    min: 1,
    max: 10_000_000,
    describe: 'requests an address may make in a minute to what third parties use (authorize, par, token, introspect)',
  }),
  money_writes_per_minute: integer({
    env: 'BANKFLOW_RATE_LIMIT_MONEY_PER_MINUTE',
    default: 60,
    min: 1,
    max: 10_000_000,
    describe: 'writes that move money a user may make in a minute',
  }),
  lookups_per_minute: integer({
    env: 'BANKFLOW_RATE_LIMIT_LOOKUP_PER_MINUTE',
    default: 20,
    min: 1,
    max: 10_000_000,
    describe: 'look-ups of whose an account number is that a user may make in a minute',
  }),
  body_limit_bytes: integer({
    env: 'BANKFLOW_BODY_LIMIT_BYTES',
    default: 262_144,
    min: 1_024,
    max: 16_777_216,
    describe: 'the largest body of a request, in bytes',
  }),
  cors_origins: list({
    env: 'BANKFLOW_CORS_ORIGINS',
    default: [],
    pattern: /^https?:\/\/[a-z0-9.:-]+$/i,
    form: 'origins like https://app.example.com',
    describe: 'other origins whose pages may call the API from a browser',
  }),
  public_origin: text({
    env: 'BANKFLOW_PUBLIC_ORIGIN',
    default: undefined,
    pattern: /^https?:\/\/[a-z0-9.:[\]-]+$/,
    form: 'an origin like https://bank.example.com',
    describe: 'the origin that browsers know the bank by, where it is not the one that reaches the gateway',
  }),
  trusted_proxies: networks({
    env: 'BANKFLOW_TRUSTED_PROXIES',
    default: [],
    describe: 'the load balancers before the gateway, whose X-Forwarded-For says where a request comes from',
  }),
})

export type GatewaySettings = ValuesOf<typeof settings>
