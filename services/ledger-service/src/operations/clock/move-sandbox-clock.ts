import { moveSandboxClock as contract } from '#contracts/api/ledger-days.ts'
import { implement } from '../../config.ts'
import { type ClockWish, decideMove } from '../../domain/bank-clock.ts'
import { clockReply, lockBankClock, writeBankClock } from '../../store/bank-clock.ts'

/** Moves the bank clock forward: within the day at once, past its midnight by the job `close-days`, each day closed on its way. */
export const moveSandboxClock = implement(contract, {
  async run({ body }, { tx, clock, own, afterCommit }) {
    const before = await lockBankClock(tx)
    const moved = await writeBankClock(tx, decideMove(before, clock.wall.now(), body as ClockWish))
    afterCommit(() => own.know(moved))
    return clockReply(clock, moved)
  },
})
