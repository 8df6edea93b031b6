import { beneficiaryAdded } from '#contracts/events/transaction.ts'
import type { ValuesOf } from '#libs/config/settings.ts'
import { defineService } from '#libs/service/service.ts'
import { openAccountDirectory } from './account-directory.ts'
import { announced } from './announcements.ts'
import { type Own, settings } from './config.ts'
import { PRODUCTION_POLICY, SANDBOX_POLICY } from './domain/sca.ts'
import { askForSettings } from './jobs/ask-for-settings.ts'
import { failUnansweredChecks } from './jobs/fail-unanswered-checks.ts'
import { nudgeStuckTransactions } from './jobs/nudge-stuck-transactions.ts'
import { approveTransaction } from './operations/approvals/approve-transaction.ts'
import { rejectTransaction } from './operations/approvals/reject-transaction.ts'
import { bookBatch } from './operations/batches/book-batch.ts'
import { getBatch } from './operations/batches/get-batch.ts'
import { addBeneficiary } from './operations/beneficiaries/add-beneficiary.ts'
import { changeBeneficiary } from './operations/beneficiaries/change-beneficiary.ts'
import { getBeneficiary } from './operations/beneficiaries/get-beneficiary.ts'
import { listBeneficiaries } from './operations/beneficiaries/list-beneficiaries.ts'
import { removeBeneficiary } from './operations/beneficiaries/remove-beneficiary.ts'
import { trustBeneficiary } from './operations/beneficiaries/trust-beneficiary.ts'
import { getTransaction } from './operations/history/get-transaction.ts'
import { listAccountTransactions } from './operations/history/list-account-transactions.ts'
import { listBalanceSnapshots } from './operations/history/list-balance-snapshots.ts'
import { listTransactionAudit } from './operations/history/list-transaction-audit.ts'
import { listTransactionEvents } from './operations/history/list-transaction-events.ts'
import { listTransactions } from './operations/history/list-transactions.ts'
import { decideScaPolicy } from './operations/sca/decide-sca-policy.ts'
import { listScaPolicies } from './operations/sca/list-sca-policies.ts'
import { proposeScaPolicy } from './operations/sca/propose-sca-policy.ts'
import { cancelTransaction } from './operations/transactions/cancel-transaction.ts'
import { depositCash } from './operations/transactions/deposit-cash.ts'
import { reverseCompletedTransaction } from './operations/transactions/reverse-completed-transaction.ts'
import { transferMoney } from './operations/transactions/transfer-money.ts'
import { withdrawCash } from './operations/transactions/withdraw-cash.ts'
import { pendingFlags } from './pending.ts'
import { problems } from './problems.ts'
import { onAccountClosed } from './reactions/on-account-closed.ts'
import { onAccountCreated } from './reactions/on-account-created.ts'
import { onAccountOwnerAdded } from './reactions/on-account-owner-added.ts'
import { onAccountOwnerRemoved } from './reactions/on-account-owner-removed.ts'
import { onConsentRevoked } from './reactions/on-consent-revoked.ts'
import { onFraudCheckCompleted } from './reactions/on-fraud-check-completed.ts'
import { onLedgerHoldReleased } from './reactions/on-ledger-hold-released.ts'
import { onLedgerPeriodClosed } from './reactions/on-ledger-period-closed.ts'
import { onLedgerTransactionPosted } from './reactions/on-ledger-transaction-posted.ts'
import { onSettingChanged } from './reactions/on-setting-changed.ts'
import { onTransactionInitiated } from './reactions/on-transaction-initiated.ts'
import { onTransactionProcessing } from './reactions/on-transaction-processing.ts'
import { onTransactionReleasing } from './reactions/on-transaction-releasing.ts'
import { mayMove, mayTouchBeneficiary, mayTouchTransaction, mayView } from './store/owners.ts'
import { openVault } from './vault.ts'

/** Transfers, cash at the counter, imported history and whom customers pay: what people ask for, until the ledger has booked it or it has failed. */
export const service = defineService<Own>({
  name: 'transaction-service',
  migrations: new URL('../migrations/', import.meta.url),
  settings,
  operations: [
    ...[transferMoney, depositCash, withdrawCash, cancelTransaction, reverseCompletedTransaction],
    ...[approveTransaction, rejectTransaction],
    ...[getTransaction, listTransactions, listAccountTransactions, listTransactionEvents],
    ...[listTransactionAudit, listBalanceSnapshots],
    ...[bookBatch, getBatch],
    ...[addBeneficiary, listBeneficiaries, getBeneficiary, changeBeneficiary, removeBeneficiary, trustBeneficiary],
    ...[listScaPolicies, proposeScaPolicy, decideScaPolicy],
  ],
  reactions: [
    ...[onTransactionInitiated, onFraudCheckCompleted, onTransactionProcessing, onTransactionReleasing],
    ...[onLedgerHoldReleased, onLedgerTransactionPosted, onLedgerPeriodClosed],
    ...[onSettingChanged, onConsentRevoked],
    ...[onAccountCreated, onAccountOwnerAdded, onAccountOwnerRemoved, onAccountClosed],
  ],
  jobs: [failUnansweredChecks, nudgeStuckTransactions, askForSettings],
  produces: [...announced, beneficiaryAdded],
  problems,
  constraints: { beneficiaries_once: problems.BENEFICIARY_EXISTS, reversals_once: problems.ALREADY_REVERSED },
  owners: {
    source_account_id: mayMove,
    account_id: mayView,
    transaction_id: mayTouchTransaction,
    beneficiary_id: mayTouchBeneficiary,
  },
  partitioned: ['transactions', 'transaction_events', 'transaction_search'],
  async open({ profile, settings: values, keys, database, client, cache }) {
    return {
      settings: values as ValuesOf<typeof settings>,
      database,
      accounts: openAccountDirectory(client),
      pending: pendingFlags(cache),
      vault: openVault(keys),
      policy: profile === 'production' ? PRODUCTION_POLICY : SANDBOX_POLICY,
      exempts_new_devices: profile !== 'production',
    }
  },
  close: ({ accounts }) => accounts.drain(),
})
