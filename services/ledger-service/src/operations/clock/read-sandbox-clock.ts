import { readSandboxClock as contract } from '#contracts/api/ledger.ts'
import { implementRead } from '../../config.ts'
import { clockReply } from '../../store/bank-clock.ts'

/** Both clocks of the sandbox. */
export const readSandboxClock = implementRead(contract, {
  read: async (_input, { clock, own }) => clockReply(clock, own.clock.offsetMs),
})
