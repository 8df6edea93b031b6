import { readSandboxClock as contract } from '#contracts/api/ledger-days.ts'
import { implementRead } from '../../config.ts'
import { clockReply, readBankClock } from '../../store/bank-clock.ts'

/** Both clocks of the sandbox as they are stored: whoever moves one looks how far it has come. */
export const readSandboxClock = implementRead(contract, {
  read: async (_input, { clock, sql }) => clockReply(clock, await readBankClock(sql)),
})
