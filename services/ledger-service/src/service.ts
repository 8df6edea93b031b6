import {
  businessDateChanged,
  ledgerHoldCaptured,
  ledgerHoldIncreased,
  ledgerHoldPlaced,
  ledgerHoldReleased,
  ledgerPeriodClosed,
  ledgerProposalDecided,
  ledgerProposalMade,
  ledgerTransactionPosted,
  reconciliationFailed,
} from '#contracts/events/ledger.ts'
import type { ValuesOf } from '#libs/config/settings.ts'
import { idMaker } from '#libs/ids/ids.ts'
import { defineService } from '#libs/service/service.ts'
import { type Own, settings } from './config.ts'
import { carryOutProposals } from './jobs/carry-out-proposals.ts'
import { closeDays } from './jobs/close-days.ts'
import { expireHolds } from './jobs/expire-holds.ts'
import { followBankClock } from './jobs/follow-bank-clock.ts'
import { reconcileBooks } from './jobs/reconcile-books.ts'
import { reconcileTouchedAccounts } from './jobs/reconcile-touched.ts'
import { sealJournal } from './jobs/seal-journal.ts'
import { verifyJournal } from './jobs/verify-journal.ts'
import { getLedgerAccount } from './operations/accounts/get-ledger-account.ts'
import { getLedgerBalance } from './operations/accounts/get-ledger-balance.ts'
import { getLedgerStatement } from './operations/accounts/get-ledger-statement.ts'
import { listEntries } from './operations/accounts/list-entries.ts'
import { listLedgerAccounts } from './operations/accounts/list-ledger-accounts.ts'
import { openLedgerAccount } from './operations/accounts/open-ledger-account.ts'
import { setLedgerAccountLimits } from './operations/accounts/set-ledger-account-limits.ts'
import { setLedgerAccountOverdraft } from './operations/accounts/set-ledger-account-overdraft.ts'
import { setLedgerAccountState } from './operations/accounts/set-ledger-account-state.ts'
import { addGlAccount } from './operations/chart/add-gl-account.ts'
import { changeGlAccount } from './operations/chart/change-gl-account.ts'
import { listGlAccounts } from './operations/chart/list-gl-accounts.ts'
import { listGlMappings } from './operations/chart/list-gl-mappings.ts'
import { setGlMapping } from './operations/chart/set-gl-mapping.ts'
import { getBusinessDate } from './operations/clock/get-business-date.ts'
import { moveSandboxClock } from './operations/clock/move-sandbox-clock.ts'
import { readSandboxClock } from './operations/clock/read-sandbox-clock.ts'
import { getEndOfDayRun } from './operations/days/get-end-of-day-run.ts'
import { listEndOfDayRuns } from './operations/days/list-end-of-day-runs.ts'
import { listPeriods } from './operations/days/list-periods.ts'
import { listReconciliations } from './operations/days/list-reconciliations.ts'
import { runEndOfDay } from './operations/days/run-end-of-day.ts'
import { runReconciliation } from './operations/days/run-reconciliation.ts'
import { captureHold } from './operations/holds/capture-hold.ts'
import { getHold } from './operations/holds/get-hold.ts'
import { incrementHold } from './operations/holds/increment-hold.ts'
import { listHolds } from './operations/holds/list-holds.ts'
import { placeHold } from './operations/holds/place-hold.ts'
import { previewHold } from './operations/holds/preview-hold.ts'
import { previewIncrement } from './operations/holds/preview-increment.ts'
import { previewRelease } from './operations/holds/preview-release.ts'
import { releaseHold } from './operations/holds/release-hold.ts'
import { closePeriod } from './operations/periods/close-period.ts'
import { getPeriod } from './operations/periods/get-period.ts'
import { exportCheckpoints } from './operations/proofs/export-checkpoints.ts'
import { exportProof } from './operations/proofs/export-proof.ts'
import { getConsistencyProof } from './operations/proofs/get-consistency-proof.ts'
import { getEntryReceipt } from './operations/proofs/get-entry-receipt.ts'
import { getLatestCheckpoint } from './operations/proofs/get-latest-checkpoint.ts'
import { getProvenStatement } from './operations/proofs/get-proven-statement.ts'
import { getVerification } from './operations/proofs/get-verification.ts'
import { listCheckpointKeys } from './operations/proofs/list-checkpoint-keys.ts'
import { listCheckpoints } from './operations/proofs/list-checkpoints.ts'
import { signCheckpoint } from './operations/proofs/sign-checkpoint.ts'
import { startVerification } from './operations/proofs/start-verification.ts'
import { approveProposal } from './operations/proposals/approve-proposal.ts'
import { getProposal } from './operations/proposals/get-proposal.ts'
import { listProposals } from './operations/proposals/list-proposals.ts'
import { proposeBooking } from './operations/proposals/propose-booking.ts'
import { rejectProposal } from './operations/proposals/reject-proposal.ts'
import { withdrawProposal } from './operations/proposals/withdraw-proposal.ts'
import { exportJournal } from './operations/reports/export-journal.ts'
import { getAggregates } from './operations/reports/get-aggregates.ts'
import { getBalanceSheet } from './operations/reports/get-balance-sheet.ts'
import { getClosingBalances } from './operations/reports/get-closing-balances.ts'
import { getGeneralLedger } from './operations/reports/get-general-ledger.ts'
import { getIncomeStatement } from './operations/reports/get-income-statement.ts'
import { getSubLedger } from './operations/reports/get-sub-ledger.ts'
import { getTrialBalance } from './operations/reports/get-trial-balance.ts'
import { listDailyBalances } from './operations/reports/list-daily-balances.ts'
import { getLedgerTransaction } from './operations/transactions/get-ledger-transaction.ts'
import { postInBulk } from './operations/transactions/post-in-bulk.ts'
import { postTransaction } from './operations/transactions/post-transaction.ts'
import { previewReversal } from './operations/transactions/preview-reversal.ts'
import { previewTransaction } from './operations/transactions/preview-transaction.ts'
import { reverseTransaction } from './operations/transactions/reverse-transaction.ts'
import { searchLedgerTransactions } from './operations/transactions/search-ledger-transactions.ts'
import { owners } from './owners.ts'
import { constraints, problems } from './problems.ts'
import { checkpointSigner } from './proofs/checkpoint-signer.ts'
import { onAccountCreated } from './reactions/on-account-created.ts'
import { partitionFor, readBankClock, startBankClock } from './store/bank-clock.ts'
import { newSealing } from './store/seals/sealer.ts'

/** The only place where balances change. */
export const service = defineService<Own>({
  name: 'ledger-service',
  migrations: new URL('../migrations', import.meta.url),
  settings,
  operations: [
    openLedgerAccount,
    setLedgerAccountLimits,
    setLedgerAccountOverdraft,
    setLedgerAccountState,
    getLedgerAccount,
    listLedgerAccounts,
    listEntries,
    getLedgerBalance,
    getLedgerStatement,
    postTransaction,
    postInBulk,
    previewTransaction,
    previewReversal,
    searchLedgerTransactions,
    reverseTransaction,
    getLedgerTransaction,
    placeHold,
    releaseHold,
    captureHold,
    incrementHold,
    listHolds,
    previewHold,
    previewIncrement,
    previewRelease,
    getHold,
    listGlAccounts,
    addGlAccount,
    changeGlAccount,
    listGlMappings,
    setGlMapping,
    getTrialBalance,
    getBalanceSheet,
    getIncomeStatement,
    getGeneralLedger,
    getSubLedger,
    getAggregates,
    exportJournal,
    getClosingBalances,
    listDailyBalances,
    runEndOfDay,
    listEndOfDayRuns,
    getEndOfDayRun,
    listPeriods,
    listReconciliations,
    runReconciliation,
    getBusinessDate,
    readSandboxClock,
    moveSandboxClock,
    exportCheckpoints,
    exportProof,
    getConsistencyProof,
    getEntryReceipt,
    getLatestCheckpoint,
    getProvenStatement,
    listCheckpointKeys,
    listCheckpoints,
    signCheckpoint,
    startVerification,
    getVerification,
    proposeBooking,
    listProposals,
    getProposal,
    approveProposal,
    rejectProposal,
    withdrawProposal,
    closePeriod,
    getPeriod,
  ],
  reactions: [onAccountCreated],
  jobs: [
    expireHolds,
    followBankClock,
    closeDays,
    reconcileBooks,
    reconcileTouchedAccounts,
    sealJournal,
    verifyJournal,
    carryOutProposals,
  ],
  produces: [
    ledgerTransactionPosted,
    ledgerHoldPlaced,
    ledgerHoldIncreased,
    ledgerHoldCaptured,
    ledgerHoldReleased,
    ledgerPeriodClosed,
    ledgerProposalMade,
    ledgerProposalDecided,
    reconciliationFailed,
    businessDateChanged,
  ],
  problems,
  constraints,
  owners,
  // The tables of what is booked follow the bank clock: see store/bank-clock.ts.
  partitioned: [],

  /** The bank clock stands where it stood, and partitions are ready, before the first id is minted. */
  async open({ database, clock, keys, settings: values, setBankOffset }) {
    await startBankClock(database.app, clock.bank.businessDate())
    let known = await readBankClock(database.app)
    const own: Own = {
      database,
      mintBankId: idMaker(() => clock.bank.now().getTime()),
      openAccounts: new Set(),
      partitionedMonths: new Set(),
      sealing: newSealing(),
      signer: checkpointSigner(keys, (values as ValuesOf<typeof settings>).origin),
      isRunOpen: true,
      get known() {
        return known
      },
      know: (stored) => {
        if (stored.version < known.version) return
        known = stored
        setBankOffset(stored.offset_ms)
      },
    }
    own.know(known)
    await partitionFor(own, clock.bank.now())
    return own
  },
})
