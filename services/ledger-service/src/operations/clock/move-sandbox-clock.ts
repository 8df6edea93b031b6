import { moveSandboxClock as contract } from '#contracts/api/ledger.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implement } from '../../config.ts'
import { type ClockWish, decideMove } from '../../domain/bank-clock.ts'
import { problems } from '../../problems.ts'
import { changeBusinessDate, clockReply, partitionFor } from '../../store/bank-clock.ts'

/** Moves the bank clock forward. What will be booked there finds its partitions, because they are made before the clock moves. */
export const moveSandboxClock = implement(contract, {
  async ask({ body }, { clock, own }) {
    const now = clock.bank.now()
    await partitionFor(own, now, decideMove(now, body as ClockWish))
  },

  async run({ body }, { tx, clock, own, afterCommit }) {
    const [row] = await tx<{ offset_ms: bigint }[]>`select offset_ms from bank_clock for update`
    const wall = clock.wall.now()
    const target = decideMove(new Date(wall.getTime() + Number(row?.offset_ms)), body as ClockWish)
    if (target.toISOString().slice(0, 7) > own.partitionedTo)
      throw new Problem(problems.CLOCK_TOO_FAR, { detail: 'Somebody else moved the clock meanwhile; look at it again' })
    const offset_ms = target.getTime() - wall.getTime()
    await tx`update bank_clock set offset_ms = ${offset_ms}`
    await changeBusinessDate(tx, target.toISOString().slice(0, 10))
    afterCommit(() => own.clock.set(offset_ms))
    return clockReply(clock, offset_ms)
  },
})
