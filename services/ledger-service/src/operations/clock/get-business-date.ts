import { getBusinessDate as contract } from '#contracts/api/ledger-days.ts'
import { implementRead } from '../../config.ts'
import { clockReply } from '../../store/bank-clock.ts'

/** The date and time that books are kept in, from memory: it is asked often, and a moved clock is there within a second everywhere. */
export const getBusinessDate = implementRead(contract, {
  async read(_input, { clock, own }) {
    const { business_date, bank_time, offset_ms, moving_to } = clockReply(clock, own.known)
    return { business_date, bank_time, offset_ms, moving_to }
  },
})
