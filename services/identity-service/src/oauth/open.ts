import type { Opening } from '#libs/service/service.ts'
import type { Own } from '../config.ts'
import { activeUser } from '../store/oauth/grants.ts'
import type { AuthorizationServer } from './authorization-server.ts'
import { currentFlight } from './flight.ts'
import { openAuthorizationServer } from './server.ts'

/** Opens the authorization server of a service that is being opened; `own` is asked for once it is open. */
export function openOAuth(
  { profile, keys, database, clock, log }: Pick<Opening, 'profile' | 'keys' | 'database' | 'clock' | 'log'>,
  { settings, vault, keyRing }: Pick<Own, 'settings' | 'vault' | 'keyRing'>,
  own: () => Own,
): AuthorizationServer {
  return openAuthorizationServer({
    isSandbox: profile === 'sandbox',
    publicOrigin: settings.public_origin,
    mtlsOrigin: settings.mtls_origin,
    keeping: { database, vault, clock, own },
    keyRing,
    master: keys,
    log,
    // In a flight's own transaction: who waits for a second connection while he holds one may wait for ever.
    findUser: (user_id) => activeUser(currentFlight().tx ?? database.app, user_id),
  })
}
