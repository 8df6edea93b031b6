import {
  customerCreated,
  customerCreationRolledBack,
  customerRelationAdded,
  customerRelationRemoved,
  customerUpdated,
  kycApproved,
  kycExpired,
  kycRejected,
  kycSubmitted,
} from '#contracts/events/customer.ts'
import { defineService } from '#libs/service/service.ts'
import { type Own, settings } from './config.ts'
import { askForSettings } from './jobs/ask-for-settings.ts'
import { expireKyc } from './jobs/expire-kyc.ts'
import { createCustomer } from './operations/customers/create-customer.ts'
import { getCustomer } from './operations/customers/get-customer.ts'
import { listCustomers } from './operations/customers/list-customers.ts'
import { resolveCustomers } from './operations/customers/resolve-customers.ts'
import { revealCustomer } from './operations/customers/reveal-customer.ts'
import { searchCustomers } from './operations/customers/search-customers.ts'
import { updateCustomer } from './operations/customers/update-customer.ts'
import { addKycDocument } from './operations/kyc/add-kyc-document.ts'
import { decideKyc } from './operations/kyc/decide-kyc.ts'
import { getKycStatus } from './operations/kyc/get-kyc-status.ts'
import { listKycDocuments } from './operations/kyc/list-kyc-documents.ts'
import { listKycHistory } from './operations/kyc/list-kyc-history.ts'
import { listKycQueue } from './operations/kyc/list-kyc-queue.ts'
import { submitKyc } from './operations/kyc/submit-kyc.ts'
import { addRelation } from './operations/relations/add-relation.ts'
import { listRelations } from './operations/relations/list-relations.ts'
import { removeRelation } from './operations/relations/remove-relation.ts'
import { isHis } from './owners.ts'
import { constraints, problems } from './problems.ts'
import { onAccountCreationFailed } from './reactions/on-account-creation-failed.ts'
import { onSettingChanged } from './reactions/on-setting-changed.ts'
import { openVault } from './vault.ts'

/** Customers: who they are, whether the bank has made sure of it, and who may act for them. */
export const service = defineService<Own>({
  name: 'customer-service',
  migrations: new URL('../migrations/', import.meta.url),
  settings,
  operations: [
    ...[createCustomer, listCustomers, searchCustomers, getCustomer, updateCustomer, revealCustomer, resolveCustomers],
    ...[addKycDocument, listKycDocuments, submitKyc, getKycStatus, decideKyc, listKycHistory, listKycQueue],
    ...[listRelations, addRelation, removeRelation],
  ],
  reactions: [onAccountCreationFailed, onSettingChanged],
  jobs: [expireKyc, askForSettings],
  produces: [
    ...[customerCreated, customerUpdated, customerCreationRolledBack],
    ...[kycSubmitted, kycApproved, kycRejected, kycExpired],
    ...[customerRelationAdded, customerRelationRemoved],
  ],
  problems,
  constraints,
  owners: { customer_id: isHis },
  partitioned: [],
  open: async ({ database, keys }) => ({ database, vault: openVault(keys) }),
})
