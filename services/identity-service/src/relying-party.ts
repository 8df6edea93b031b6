import type { Own } from './config.ts'

/** What passkeys are bound to (WebAuthn §5.4.2): a host name, and the origins that may ask for them. */
export interface RelyingParty {
  id: string
  name: string
  /** Which of the bank's origins a browser says that it was asked from, or null for any other. */
  originOf(claimed: string): string | null
}

const LOOPBACK = /^https?:\/\/localhost(:\d{1,5})?$/

/**
 * The bank as a relying party: the host of BANKFLOW_PUBLIC_ORIGIN. A sandbox without one is `localhost` on whatever port; an address
 * (127.0.0.1) is no valid id for a passkey.
 */
export function relyingPartyOf({ profile, settings }: Pick<Own, 'profile' | 'settings'>): RelyingParty | null {
  const { public_origin } = settings
  if (public_origin !== undefined) {
    const id = new URL(public_origin).hostname
    return { id, name: 'BankFlow', originOf: (claimed) => (claimed === public_origin ? public_origin : null) }
  }
  if (profile === 'production') return null
  return { id: 'localhost', name: 'BankFlow', originOf: (claimed) => (LOOPBACK.test(claimed) ? claimed : null) }
}
