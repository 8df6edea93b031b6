import { AsyncLocalStorage } from 'node:async_hooks'
import type { WriteContext } from '#libs/http/implement.ts'

type Tx = WriteContext<unknown>['tx']

/** What became of a request of the protocol, for the trail. */
export interface Facts {
  client_id: string | null
  user_id: string | null
  session_id: string | null
  consent_id: string | null
  /** The error code of RFC 6749 §5.2 and its kin; null where the request was granted. */
  error: string | null
}

/** Of a request of which nothing is known. */
export function noFacts(): Facts {
  return { client_id: null, user_id: null, session_id: null, consent_id: null, error: null }
}

/** What belongs to one request on its way through the authorization server, which hands on nothing of the sort. */
export interface Flight {
  /** Writes that belong together go into this transaction; without one each commits by itself. */
  tx: Tx | null
  /** The certificate (PEM) that the client proved at the edge. */
  certificate: string | null
  /** True at the revocation endpoint: it is the third party itself that ends what it was given. */
  isRevocation: boolean
  /** What becomes of it. */
  facts: Facts
}

const flights = new AsyncLocalStorage<Flight>()
function nobodys(): Flight {
  return { tx: null, certificate: null, isRevocation: false, facts: noFacts() }
}

/** Runs `work` as part of a flight. */
export function inFlight<T>(flight: Partial<Flight>, work: () => Promise<T>): Promise<T> {
  return flights.run({ ...nobodys(), ...flight }, work)
}

/** The flight that the running code belongs to. */
export function currentFlight(): Flight {
  return flights.getStore() ?? nobodys()
}
