import { accrueInterest } from '#contracts/api/account.ts'
import { service } from '#services/ledger-service/src/service.ts'
import { ledgerInvariants } from './ledger-invariants.ts'
import { LedgerWorkload } from './ledger-workload.ts'
import type { Piece } from './play.ts'

/** The ledger alone; no account bears interest. */
export const ledgerPiece: Piece = {
  services: [service as never],
  pace_ms: 3,
  faults: 1,
  breaksCircles: false,
  peers: { [accrueInterest.id]: () => ({ accrued: 0, posted: 0, next_cursor: null }) },
  workload: (chance) => new LedgerWorkload(chance),
  invariants: (sqlOf) => ledgerInvariants(sqlOf(service.name)),
}
