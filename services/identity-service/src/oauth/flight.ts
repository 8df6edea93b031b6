import { AsyncLocalStorage } from 'node:async_hooks'
import type { Tx } from '#libs/sql/database.ts'

/** What belongs to one request on its way through the authorization server, which hands on nothing of the sort. */
export interface Flight {
  /** Writes that belong together go into this transaction; without one each commits by itself. */
  tx: Tx | null
  /** The certificate (PEM) that the client proved at the edge. */
  certificate: string | null
  /** True at the revocation endpoint: it is the third party itself that ends what it was given. */
  isRevocation: boolean
}

const flights = new AsyncLocalStorage<Flight>()
const NOBODYS: Flight = { tx: null, certificate: null, isRevocation: false }

/** Runs `work` as part of a flight. */
export function inFlight<T>(flight: Partial<Flight>, work: () => Promise<T>): Promise<T> {
  return flights.run({ ...NOBODYS, ...flight }, work)
}

/** The flight that the running code belongs to. */
export function currentFlight(): Flight {
  return flights.getStore() ?? NOBODYS
}
