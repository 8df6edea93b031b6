import {
  accountActivated,
  accountBalanceLow,
  accountClosed,
  accountCreated,
  accountCreationFailed,
  accountFrozen,
  accountLimitsDecided,
  accountLimitsProposed,
  accountOwnerAdded,
  accountOwnerRemoved,
  accountStatementReady,
  accountUnfrozen,
  accountUpdated,
} from '#contracts/events/account.ts'
import { sealer } from '#libs/crypto/envelope.ts'
import { defineService } from '#libs/service/service.ts'
import { type Own, settings } from './config.ts'
import { carryOutClosings } from './jobs/carry-out-closings.ts'
import { expireLimitProposals } from './jobs/expire-limit-proposals.ts'
import { makeStatements } from './jobs/make-statements.ts'
import { settleLimitCommands } from './jobs/settle-limit-commands.ts'
import { settlePendingAccounts } from './jobs/settle-pending-accounts.ts'
import { settleStateCommands } from './jobs/settle-state-commands.ts'
import { getAccount } from './operations/accounts/get-account.ts'
import { getAccountBalance } from './operations/accounts/get-account-balance.ts'
import { listAccountLog } from './operations/accounts/list-account-log.ts'
import { listAccounts } from './operations/accounts/list-accounts.ts'
import { listAccountsOfUser } from './operations/accounts/list-accounts-of-user.ts'
import { lookupPayee } from './operations/accounts/lookup-payee.ts'
import { openAccount } from './operations/accounts/open-account.ts'
import { resolveAccounts } from './operations/accounts/resolve-accounts.ts'
import { updateAccount } from './operations/accounts/update-account.ts'
import { accrueInterest } from './operations/interest/accrue-interest.ts'
import { getAccountInterest } from './operations/interest/get-account-interest.ts'
import { approveLimitProposal } from './operations/limits/approve-limit-proposal.ts'
import { getLimitProposal } from './operations/limits/get-limit-proposal.ts'
import { listLimitProposals } from './operations/limits/list-limit-proposals.ts'
import { proposeAccountLimits } from './operations/limits/propose-account-limits.ts'
import { rejectLimitProposal } from './operations/limits/reject-limit-proposal.ts'
import { addOwner } from './operations/owners/add-owner.ts'
import { changeDelegateLimits } from './operations/owners/change-delegate-limits.ts'
import { listOwners } from './operations/owners/list-owners.ts'
import { removeOwner } from './operations/owners/remove-owner.ts'
import { getProduct } from './operations/products/get-product.ts'
import { listBranches } from './operations/products/list-branches.ts'
import { listProducts } from './operations/products/list-products.ts'
import { changeAccountSettings } from './operations/settings/change-account-settings.ts'
import { getAccountSettings } from './operations/settings/get-account-settings.ts'
import { getMonthlyStatement } from './operations/statements/get-monthly-statement.ts'
import { getStatement } from './operations/statements/get-statement.ts'
import { listStatements } from './operations/statements/list-statements.ts'
import { closeAccount } from './operations/states/close-account.ts'
import { freezeAccount } from './operations/states/freeze-account.ts'
import { getClosing } from './operations/states/get-closing.ts'
import { payOutAndClose } from './operations/states/pay-out-and-close.ts'
import { unfreezeAccount } from './operations/states/unfreeze-account.ts'
import { mayAct } from './owners.ts'
import { constraints, problems } from './problems.ts'
import { onCustomerCreated } from './reactions/on-customer-created.ts'
import { onCustomerCreationRolledBack } from './reactions/on-customer-creation-rolled-back.ts'
import { onCustomerRelationAdded } from './reactions/on-customer-relation-added.ts'
import { onCustomerRelationRemoved } from './reactions/on-customer-relation-removed.ts'
import { onKycApproved } from './reactions/on-kyc-approved.ts'
import { onKycExpired } from './reactions/on-kyc-expired.ts'
import { onKycRejected } from './reactions/on-kyc-rejected.ts'
import { onLedgerHoldPlaced } from './reactions/on-ledger-hold-placed.ts'
import { onLedgerHoldReleased } from './reactions/on-ledger-hold-released.ts'
import { onLedgerPeriodClosed } from './reactions/on-ledger-period-closed.ts'
import { onLedgerTransactionPosted } from './reactions/on-ledger-transaction-posted.ts'
import { openAccess } from './store/access.ts'

/** Accounts, who owns them and who may act on them; their money is the ledger's. */
export const service = defineService<Own>({
  name: 'account-service',
  migrations: new URL('../migrations/', import.meta.url),
  settings,
  operations: [
    openAccount,
    getAccount,
    listAccounts,
    listAccountsOfUser,
    lookupPayee,
    updateAccount,
    listAccountLog,
    getAccountSettings,
    changeAccountSettings,
    getAccountBalance,
    freezeAccount,
    unfreezeAccount,
    closeAccount,
    payOutAndClose,
    getClosing,
    accrueInterest,
    getAccountInterest,
    getStatement,
    listStatements,
    getMonthlyStatement,
    listOwners,
    changeDelegateLimits,
    proposeAccountLimits,
    listLimitProposals,
    getLimitProposal,
    approveLimitProposal,
    rejectLimitProposal,
    addOwner,
    removeOwner,
    listProducts,
    getProduct,
    listBranches,
    resolveAccounts,
  ],
  reactions: [
    onCustomerCreated,
    onCustomerCreationRolledBack,
    onKycApproved,
    onKycRejected,
    onKycExpired,
    onCustomerRelationAdded,
    onCustomerRelationRemoved,
    onLedgerPeriodClosed,
    onLedgerTransactionPosted,
    onLedgerHoldPlaced,
    onLedgerHoldReleased,
  ],
  jobs: [
    settleStateCommands,
    settlePendingAccounts,
    settleLimitCommands,
    carryOutClosings,
    makeStatements,
    expireLimitProposals,
  ],
  produces: [
    accountCreated,
    accountCreationFailed,
    accountActivated,
    accountFrozen,
    accountUnfrozen,
    accountUpdated,
    accountBalanceLow,
    accountStatementReady,
    accountClosed,
    accountOwnerAdded,
    accountOwnerRemoved,
    accountLimitsProposed,
    accountLimitsDecided,
  ],
  problems,
  constraints,
  owners: { account_id: mayAct },
  partitioned: [],
  open: async ({ database, log, keys }) => ({
    ...{ database, log },
    access: openAccess(database),
    reasons: sealer(keys, 'limit proposal'),
  }),
  close: ({ access }) => access.drain(),
})
