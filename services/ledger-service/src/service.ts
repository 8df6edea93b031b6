import {
  businessDateChanged,
  ledgerHoldCaptured,
  ledgerHoldPlaced,
  ledgerHoldReleased,
  ledgerTransactionPosted,
} from '#contracts/events/ledger.ts'
import { idMaker } from '#libs/ids/ids.ts'
import { defineService } from '#libs/service/service.ts'
import { type Own, settings } from './config.ts'
import { expireHolds } from './jobs/expire-holds.ts'
import { followBankClock } from './jobs/follow-bank-clock.ts'
import { getLedgerAccount } from './operations/accounts/get-ledger-account.ts'
import { listEntries } from './operations/accounts/list-entries.ts'
import { listLedgerAccounts } from './operations/accounts/list-ledger-accounts.ts'
import { openLedgerAccount } from './operations/accounts/open-ledger-account.ts'
import { setLedgerAccountState } from './operations/accounts/set-ledger-account-state.ts'
import { getBusinessDate } from './operations/clock/get-business-date.ts'
import { moveSandboxClock } from './operations/clock/move-sandbox-clock.ts'
import { readSandboxClock } from './operations/clock/read-sandbox-clock.ts'
import { getHold } from './operations/holds/get-hold.ts'
import { placeHold } from './operations/holds/place-hold.ts'
import { releaseHold } from './operations/holds/release-hold.ts'
import { getTrialBalance } from './operations/reports/get-trial-balance.ts'
import { getLedgerTransaction } from './operations/transactions/get-ledger-transaction.ts'
import { postTransaction } from './operations/transactions/post-transaction.ts'
import { reverseTransaction } from './operations/transactions/reverse-transaction.ts'
import { owners } from './owners.ts'
import { constraints, problems } from './problems.ts'
import { onAccountCreated } from './reactions/on-account-created.ts'
import { partitionFor, readBankClock } from './store/bank-clock.ts'

/** The only place where balances change. */
export const service = defineService<Own>({
  name: 'ledger-service',
  migrations: new URL('../migrations', import.meta.url),
  settings,
  operations: [
    openLedgerAccount,
    setLedgerAccountState,
    getLedgerAccount,
    listLedgerAccounts,
    listEntries,
    postTransaction,
    reverseTransaction,
    getLedgerTransaction,
    placeHold,
    releaseHold,
    getHold,
    getTrialBalance,
    getBusinessDate,
    readSandboxClock,
    moveSandboxClock,
  ],
  reactions: [onAccountCreated],
  jobs: [expireHolds, followBankClock],
  produces: [ledgerTransactionPosted, ledgerHoldPlaced, ledgerHoldCaptured, ledgerHoldReleased, businessDateChanged],
  problems,
  constraints,
  owners,
  // The tables of what is booked follow the bank clock: see store/bank-clock.ts.
  partitioned: [],

  /** The bank clock stands where it stood, and partitions are ready, before the first id is minted. */
  async open({ database, clock, setBankOffset }) {
    let known = 0
    const own: Own = {
      database,
      mintBankId: idMaker(() => clock.bank.now().getTime()),
      openCurrencies: new Set(),
      partitionedTo: '',
      clock: {
        get offsetMs() {
          return known
        },
        set: (offsetMs) => {
          known = offsetMs
          setBankOffset(offsetMs)
        },
      },
    }
    const stored = await readBankClock(database.app, clock.bank.businessDate())
    own.clock.set(Number(stored.offset_ms))
    await partitionFor(own, clock.bank.now(), clock.bank.now())
    return own
  },
})
