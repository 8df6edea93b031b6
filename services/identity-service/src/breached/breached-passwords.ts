import type { Clock } from '#libs/clock/clock.ts'
import type { Log } from '#libs/telemetry/log.ts'
import { LIST_FILE } from './list-maker.ts'
import { openOfflineList } from './offline-list.ts'
import { rangeLookup } from './range-lookup.ts'

/** Tells passwords that attackers have lists of (NIST SP 800-63B §5.1.1.2, ASVS 2.1.7). */
export interface BreachedPasswords {
  isBreached(password: string): Promise<boolean>
}

interface Sources {
  breached_list: string | undefined
  breached_range_url: string | undefined
  breached_range_timeout_ms: number
}

/** The list on this machine, and, where the bank has set one, a service that knows more. A service that fails changes nothing. */
export function openBreachedPasswords(sources: Sources, { log, clock }: { log: Log; clock: Clock }): BreachedPasswords {
  const isListed = openOfflineList(sources.breached_list ?? LIST_FILE)
  const { breached_range_url: url, breached_range_timeout_ms: timeout_ms } = sources
  const isInRange = url === undefined ? undefined : rangeLookup({ url, timeout_ms, log, clock })
  return {
    isBreached: async (password) => isListed(password) || (await isInRange?.(password)) === true,
  }
}
