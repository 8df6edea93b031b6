import * as api from '#contracts/api/transaction.ts'
import { cashMovement } from '../../cash-movement.ts'

/** A teller pays cash out of an account: the ledger decides whether there is enough, and books or refuses. */
export const withdrawCash = cashMovement(api.withdrawCash, 'DEBIT')
