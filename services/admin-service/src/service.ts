import { ALL_SERVICES } from '#contracts/enums.ts'
import { approvalDecided, approvalRequested, settingChanged } from '#contracts/events/admin.ts'
import { SETTINGS } from '#contracts/settings.ts'
import { defineService } from '#libs/service/service.ts'
import { type Own, settings } from './config.ts'
import { changeSetting } from './operations/change-setting.ts'
import { decideApproval } from './operations/decide-approval.ts'
import { listAdminDeadLetters } from './operations/list-admin-dead-letters.ts'
import { listApprovals } from './operations/list-approvals.ts'
import { listServices } from './operations/list-services.ts'
import { listSettingHistory } from './operations/list-setting-history.ts'
import { listSettings } from './operations/list-settings.ts'
import { readSettingValues } from './operations/read-setting-values.ts'
import { replayAdminDeadLetter } from './operations/replay-admin-dead-letter.ts'
import { problems } from './problems.ts'
import { onAccountLimitsDecided } from './reactions/on-account-limits-decided.ts'
import { onAccountLimitsProposed } from './reactions/on-account-limits-proposed.ts'
import { onCustomerCreationRolledBack } from './reactions/on-customer-creation-rolled-back.ts'
import { onCustomerUpdated } from './reactions/on-customer-updated.ts'
import { onKycApproved } from './reactions/on-kyc-approved.ts'
import { onKycRejected } from './reactions/on-kyc-rejected.ts'
import { onKycSubmitted } from './reactions/on-kyc-submitted.ts'
import { onLedgerProposalDecided } from './reactions/on-ledger-proposal-decided.ts'
import { onLedgerProposalMade } from './reactions/on-ledger-proposal-made.ts'
import { onTransactionApprovalRequired } from './reactions/on-transaction-approval-required.ts'
import { onTransactionCancelled } from './reactions/on-transaction-cancelled.ts'
import { onTransactionFailed } from './reactions/on-transaction-failed.ts'
import { onTransactionProcessing } from './reactions/on-transaction-processing.ts'
import { onTransactionReleasing } from './reactions/on-transaction-releasing.ts'
import { onUserProposalDecided } from './reactions/on-user-proposal-decided.ts'
import { onUserProposalMade } from './reactions/on-user-proposal-made.ts'
import { openVault } from './vault.ts'

const ANSWER_WITHIN_MS = 2_000

/** What staff change while the bank runs, what waits for a second person, and what the services have set aside. */
export const service = defineService<Own>({
  name: 'admin-service',
  migrations: new URL('../migrations/', import.meta.url),
  settings,
  operations: [
    listSettings,
    changeSetting,
    listSettingHistory,
    readSettingValues,
    listApprovals,
    decideApproval,
    listAdminDeadLetters,
    replayAdminDeadLetter,
    listServices,
  ],
  reactions: [
    onTransactionApprovalRequired,
    onTransactionProcessing,
    onTransactionReleasing,
    onTransactionFailed,
    onTransactionCancelled,
    onKycSubmitted,
    onKycApproved,
    onKycRejected,
    onCustomerCreationRolledBack,
    onCustomerUpdated,
    onLedgerProposalMade,
    onLedgerProposalDecided,
    onUserProposalMade,
    onUserProposalDecided,
    onAccountLimitsProposed,
    onAccountLimitsDecided,
  ],
  jobs: [],
  produces: [settingChanged, approvalRequested, approvalDecided],
  problems,
  constraints: {},
  owners: {},
  partitioned: [],
  open: async ({ keys, database }) => ({
    database,
    vault: openVault(keys),
    catalogue: new Map(SETTINGS.map((definition) => [definition.setting_key, definition])),
    // The gateway has no database, so it parks no events and writes no acts.
    services: ALL_SERVICES.filter((name) => name !== 'api-gateway'),
    answer_within_ms: ANSWER_WITHIN_MS,
  }),
})
