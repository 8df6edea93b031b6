import type { ValuesOf } from '#libs/config/settings.ts'
import { defineService } from '#libs/service/service.ts'
import { openAccountDirectory } from './account-directory.ts'
import { announced } from './announcements.ts'
import { type Own, settings } from './config.ts'
import { failUnansweredChecks } from './jobs/fail-unanswered-checks.ts'
import { nudgeStuckTransactions } from './jobs/nudge-stuck-transactions.ts'
import { approveTransaction } from './operations/approvals/approve-transaction.ts'
import { rejectTransaction } from './operations/approvals/reject-transaction.ts'
import { bookBatch } from './operations/batches/book-batch.ts'
import { getBatch } from './operations/batches/get-batch.ts'
import { getTransaction } from './operations/history/get-transaction.ts'
import { listAccountTransactions } from './operations/history/list-account-transactions.ts'
import { listTransactionEvents } from './operations/history/list-transaction-events.ts'
import { listTransactions } from './operations/history/list-transactions.ts'
import { depositCash } from './operations/transactions/deposit-cash.ts'
import { transferMoney } from './operations/transactions/transfer-money.ts'
import { withdrawCash } from './operations/transactions/withdraw-cash.ts'
import { problems } from './problems.ts'
import { onAccountClosed } from './reactions/on-account-closed.ts'
import { onAccountCreated } from './reactions/on-account-created.ts'
import { onAccountOwnerAdded } from './reactions/on-account-owner-added.ts'
import { onAccountOwnerRemoved } from './reactions/on-account-owner-removed.ts'
import { onFraudCheckCompleted } from './reactions/on-fraud-check-completed.ts'
import { onLedgerHoldReleased } from './reactions/on-ledger-hold-released.ts'
import { onTransactionInitiated } from './reactions/on-transaction-initiated.ts'
import { onTransactionProcessing } from './reactions/on-transaction-processing.ts'
import { onTransactionReleasing } from './reactions/on-transaction-releasing.ts'
import { mayMove, mayView, mayViewTransaction } from './store/owners.ts'

/** Transfers, cash at the counter and imported history: what people ask for, until the ledger has booked it or it has failed. */
export const service = defineService<Own>({
  name: 'transaction-service',
  migrations: new URL('../migrations/', import.meta.url),
  settings,
  operations: [
    ...[transferMoney, depositCash, withdrawCash, approveTransaction, rejectTransaction],
    ...[getTransaction, listTransactions, listAccountTransactions, listTransactionEvents],
    ...[bookBatch, getBatch],
  ],
  reactions: [
    ...[onTransactionInitiated, onFraudCheckCompleted, onTransactionProcessing, onTransactionReleasing],
    onLedgerHoldReleased,
    ...[onAccountCreated, onAccountOwnerAdded, onAccountOwnerRemoved, onAccountClosed],
  ],
  jobs: [failUnansweredChecks, nudgeStuckTransactions],
  produces: announced,
  problems,
  constraints: {},
  owners: {
    source_account_id: mayMove,
    account_id: mayView,
    transaction_id: mayViewTransaction,
  },
  partitioned: ['transactions', 'transaction_events'],
  async open({ settings: values, database, client }) {
    return { settings: values as ValuesOf<typeof settings>, database, accounts: openAccountDirectory(client) }
  },
  close: ({ accounts }) => accounts.drain(),
})
