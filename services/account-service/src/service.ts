import {
  accountActivated,
  accountClosed,
  accountCreated,
  accountFrozen,
  accountOwnerAdded,
  accountOwnerRemoved,
  accountUnfrozen,
} from '#contracts/events/account.ts'
import { defineService } from '#libs/service/service.ts'
import { type Own, settings } from './config.ts'
import { settleStateCommands } from './jobs/settle-state-commands.ts'
import { getAccount } from './operations/accounts/get-account.ts'
import { getAccountBalance } from './operations/accounts/get-account-balance.ts'
import { listAccounts } from './operations/accounts/list-accounts.ts'
import { openAccount } from './operations/accounts/open-account.ts'
import { resolveAccounts } from './operations/accounts/resolve-accounts.ts'
import { addOwner } from './operations/owners/add-owner.ts'
import { listOwners } from './operations/owners/list-owners.ts'
import { removeOwner } from './operations/owners/remove-owner.ts'
import { getProduct } from './operations/products/get-product.ts'
import { listBranches } from './operations/products/list-branches.ts'
import { listProducts } from './operations/products/list-products.ts'
import { closeAccount } from './operations/states/close-account.ts'
import { freezeAccount } from './operations/states/freeze-account.ts'
import { unfreezeAccount } from './operations/states/unfreeze-account.ts'
import { mayAct } from './owners.ts'
import { constraints, problems } from './problems.ts'
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
    getAccountBalance,
    freezeAccount,
    unfreezeAccount,
    closeAccount,
    listOwners,
    addOwner,
    removeOwner,
    listProducts,
    getProduct,
    listBranches,
    resolveAccounts,
  ],
  reactions: [],
  jobs: [settleStateCommands],
  produces: [
    accountCreated,
    accountActivated,
    accountFrozen,
    accountUnfrozen,
    accountClosed,
    accountOwnerAdded,
    accountOwnerRemoved,
  ],
  problems,
  constraints,
  owners: { account_id: mayAct },
  partitioned: [],
  open: async ({ database }) => ({ database, access: openAccess(database) }),
  close: ({ access }) => access.drain(),
})
