import {
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
import { addOwner } from './operations/add-owner.ts'
import { closeAccount } from './operations/close-account.ts'
import { freezeAccount } from './operations/freeze-account.ts'
import { getAccount } from './operations/get-account.ts'
import { getAccountBalance } from './operations/get-account-balance.ts'
import { listAccounts } from './operations/list-accounts.ts'
import { listBranches } from './operations/list-branches.ts'
import { listOwners } from './operations/list-owners.ts'
import { listProducts } from './operations/list-products.ts'
import { openAccount } from './operations/open-account.ts'
import { removeOwner } from './operations/remove-owner.ts'
import { resolveAccounts } from './operations/resolve-accounts.ts'
import { unfreezeAccount } from './operations/unfreeze-account.ts'
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
    listBranches,
    resolveAccounts,
  ],
  reactions: [],
  jobs: [settleStateCommands],
  produces: [accountCreated, accountFrozen, accountUnfrozen, accountClosed, accountOwnerAdded, accountOwnerRemoved],
  problems,
  constraints,
  owners: { account_id: mayAct },
  partitioned: [],
  open: async ({ database }) => ({ database, access: openAccess(database) }),
  close: ({ access }) => access.drain(),
})
