import type { Provider } from 'oidc-provider'
import type { Log } from '#libs/telemetry/log.ts'
import { currentFlight } from './flight.ts'
import type { BankGrant } from './terms.ts'

interface Entities {
  Client?: { clientId?: string }
  Grant?: BankGrant
  Account?: { accountId: string }
}

/** Lets every request's flight learn what became of it; what breaks in the library is logged with its stack. */
export function followFacts(provider: Provider, log: Log): void {
  provider.use(async (ctx, next) => {
    await next()
    const { facts } = currentFlight()
    const entities = (ctx as unknown as { oidc?: { entities?: Entities } }).oidc?.entities ?? {}
    const { error } = Object(ctx.body) as { error?: unknown }
    facts.client_id = entities.Client?.clientId ?? null
    facts.user_id = entities.Account?.accountId ?? entities.Grant?.accountId ?? null
    facts.consent_id = entities.Grant?.jti ?? null
    facts.session_id = entities.Grant?.bank?.session_id ?? null
    if (typeof error === 'string') facts.error = error
    else if (ctx.status >= 400) facts.error ??= 'refused'
  })
  provider.on('server_error', (_ctx, error) => log.error({ error }, 'the authorization server failed'))
}
