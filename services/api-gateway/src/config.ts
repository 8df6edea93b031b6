import { integer, list } from '#libs/config/kinds.ts'
import { declareSettings, type ValuesOf } from '#libs/config/settings.ts'

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
    describe: 'requests without a token an address may make to /auth in a minute',
  }),
  money_writes_per_minute: integer({
    env: 'BANKFLOW_RATE_LIMIT_MONEY_PER_MINUTE',
    default: 60,
    min: 1,
    max: 10_000_000,
    describe: 'writes that move money a user may make in a minute',
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
})

export type GatewaySettings = ValuesOf<typeof settings>
