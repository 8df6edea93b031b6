import * as api from '#contracts/api/transaction.ts'
import { cashMovement } from '../../cash-movement.ts'

/** A teller takes cash in for an account: it is booked as soon as the ledger answers. A frozen account may be paid to. */
export const depositCash = cashMovement(api.depositCash, 'CREDIT')
