import { Type } from 'typebox'
import { operationsOf } from '#libs/contract/operation.ts'
import {
  CurrencyCode,
  Id,
  IsoDate,
  NullableId,
  NullableText,
  NullableTimestamp,
  OneOf,
  PageOf,
  PlainText,
  pageQuery,
  Timestamp,
} from '#libs/contract/schema.ts'
import { CAPABILITIES, KYC_DOCUMENT_STATUSES, KYC_DOCUMENT_TYPES, KYC_STATUSES, RISK_CATEGORIES } from '../enums.ts'

const operation = operationsOf('customer-service')

const STAFF = ['teller', 'support', 'operator', 'compliance', 'auditor', 'admin'] as const
const byCustomer = Type.Object({ customer_id: Id })
const NullableDate = Type.Unsafe<string | null>({ type: ['string', 'null'], format: 'date' })
const Email = Type.Unsafe<string>({ type: 'string', format: 'email', minLength: 3, maxLength: 254 })
/** E.164: a plus and up to fifteen digits. */
const Phone = Type.Unsafe<string>({ type: 'string', pattern: '^\\+[1-9][0-9]{6,14}$', examples: ['+351912345678'] })
const Country = Type.Unsafe<string>({ type: 'string', pattern: '^[A-Z]{2}$', description: 'ISO 3166-1 alpha-2' })

/** An address in fields, as ISO 20022 wants it: town and country stand by themselves. */
const Address = Type.Object({
  street: PlainText(100),
  building: Type.Optional(PlainText(40, 0)),
  postal_code: PlainText(16),
  town: PlainText(60),
  region: Type.Optional(PlainText(60, 0)),
  country: Country,
})

const profileFields = {
  first_name: PlainText(100),
  last_name: PlainText(100),
  date_of_birth: IsoDate,
  email: Email,
  phone: Type.Optional(Type.Union([Phone, Type.Null()])),
  nationality: Type.Optional(Type.Union([Country, Type.Null()])),
  address: Address,
}

/**
 * A customer as he may be seen: himself in full, staff masked (`M•••@e•••.test`, year of birth only) until somebody gives a reason to reveal.
 */
export const Customer = Type.Object({
  customer_id: Id,
  user_id: NullableId,
  /** ROLLED_BACK: the opening was compensated, and nothing personal is kept. */
  status: OneOf(['ACTIVE', 'ROLLED_BACK'] as const),
  is_masked: Type.Boolean(),
  first_name: NullableText(100),
  last_name: NullableText(100),
  date_of_birth: NullableText(10),
  email: NullableText(254),
  phone: NullableText(20),
  nationality: NullableText(2),
  address: Type.Union([
    Type.Object({
      street: Type.String(),
      building: Type.String(),
      postal_code: Type.String(),
      town: Type.String(),
      region: Type.String(),
      country: Type.String(),
    }),
    Type.Null(),
  ]),
  home_currency: CurrencyCode,
  kyc_status: OneOf(KYC_STATUSES),
  kyc_expires_on: NullableDate,
  risk_category: Type.Union([OneOf(RISK_CATEGORIES), Type.Null()]),
  version: Type.Integer(),
  created_at: Timestamp,
  updated_at: Timestamp,
})

export const createCustomer = operation({
  id: 'createCustomer',
  method: 'POST',
  path: '/customers',
  summary: 'Makes the profile of the signed-in customer; staff make one for somebody at the counter',
  description:
    'A customer adopts the customer_id of his token. The bank opens a first account in `home_currency`, PENDING until KYC is approved. ' +
    'Operators may bring a customer over from another bank: with his id, and with the evidence of the KYC that was done there. ' +
    'What that bank did not tell of date of birth, e-mail and address may then be left out, until staff complete the profile.',
  access: { roles: ['customer', 'teller', 'operator'] },
  body: Type.Object({
    ...profileFields,
    /** These three are missing only where an operator brings evidence of KYC, else PROFILE_INCOMPLETE. */
    date_of_birth: Type.Optional(IsoDate),
    email: Type.Optional(Email),
    address: Type.Optional(Address),
    home_currency: Type.Optional(CurrencyCode),
    /** False where no first account should be opened; operators only. */
    opens_account: Type.Optional(Type.Boolean()),
    /** Operators only. */
    customer_id: Type.Optional(Id),
    /** Operators only: verified from the start. */
    kyc_evidence: Type.Optional(Type.Object({ reference: PlainText(140), verified_on: IsoDate })),
  }),
  reply: Customer,
  status: 201,
  idempotency: 'accepted',
  problems: [
    'CUSTOMER_EXISTS',
    'PROFILE_INCOMPLETE',
    'TOO_YOUNG',
    'DATE_OF_BIRTH_WRONG',
    'CURRENCY_UNKNOWN',
    'COUNTRY_UNKNOWN',
    'OPERATORS_ONLY',
  ],
})

export const listCustomers = operation({
  id: 'listCustomers',
  method: 'GET',
  path: '/customers',
  summary: 'Customers, newest first, masked',
  access: { roles: STAFF },
  query: Type.Object({ ...pageQuery, kyc_status: Type.Optional(OneOf(KYC_STATUSES)) }),
  reply: PageOf(Customer),
  audit: true,
  problems: ['CURSOR_WRONG'],
})

export const searchCustomers = operation({
  id: 'searchCustomers',
  method: 'GET',
  path: '/customers/search',
  summary: 'Customers by whole e-mail address, telephone number or words of the name; masked',
  description:
    'What is looked for is compared as keyed hashes: spelling, case and accents of names do not matter, parts of words are not found.',
  access: { roles: STAFF },
  query: Type.Object({
    ...pageQuery,
    email: Type.Optional(Email),
    phone: Type.Optional(Type.String({ minLength: 7, maxLength: 30 })),
    name: Type.Optional(PlainText(200)),
  }),
  reply: PageOf(Customer),
  audit: true,
  problems: ['CURSOR_WRONG', 'SEARCH_EMPTY'],
})

export const getCustomer = operation({
  id: 'getCustomer',
  method: 'GET',
  path: '/customers/:customer_id',
  summary: 'One customer: himself in full, staff masked',
  access: { roles: STAFF, owner: 'customer_id' },
  params: byCustomer,
  reply: Customer,
  problems: ['CUSTOMER_NOT_FOUND'],
})

export const updateCustomer = operation({
  id: 'updateCustomer',
  method: 'PUT',
  path: '/customers/:customer_id',
  summary:
    'Changes what is sent of a profile; a verified name or date of birth only staff change, and KYC starts again',
  access: { roles: ['teller', 'compliance'], owner: 'customer_id' },
  params: byCustomer,
  body: Type.Object({
    first_name: Type.Optional(PlainText(100)),
    last_name: Type.Optional(PlainText(100)),
    date_of_birth: Type.Optional(IsoDate),
    email: Type.Optional(Email),
    phone: profileFields.phone,
    nationality: profileFields.nationality,
    address: Type.Optional(Address),
    /** The version that was seen; another one is refused. */
    version: Type.Optional(Type.Integer({ minimum: 1 })),
  }),
  reply: Customer,
  problems: [
    'CUSTOMER_NOT_FOUND',
    'CUSTOMER_CHANGED',
    'VERIFIED_FIELDS',
    'TOO_YOUNG',
    'DATE_OF_BIRTH_WRONG',
    'COUNTRY_UNKNOWN',
    'NOTHING_TO_CHANGE',
    'CUSTOMER_ROLLED_BACK',
  ],
})

export const revealCustomer = operation({
  id: 'revealCustomer',
  method: 'POST',
  path: '/customers/:customer_id/reveal',
  summary: 'Shows staff a customer in full, for a reason that goes into the audit trail',
  access: { roles: ['teller', 'support', 'compliance'] },
  params: byCustomer,
  body: Type.Object({ reason: PlainText(280) }),
  reply: Customer,
  problems: ['CUSTOMER_NOT_FOUND'],
})

const KycDocument = Type.Object({
  document_id: Id,
  document_type: OneOf(KYC_DOCUMENT_TYPES),
  document_status: OneOf(KYC_DOCUMENT_STATUSES),
  issuing_country: NullableText(2),
  expires_on: NullableDate,
  added_at: Timestamp,
})

const documentFields = {
  /** The document's id in document-service: KYC refers to files and never holds them. */
  document_id: Id,
  document_type: OneOf(KYC_DOCUMENT_TYPES),
  /** As printed on it; encrypted, never shown again. */
  document_number: Type.Optional(PlainText(60)),
  issuing_country: Type.Optional(Country),
  expires_on: Type.Optional(IsoDate),
}

export const addKycDocument = operation({
  id: 'addKycDocument',
  method: 'POST',
  path: '/customers/:customer_id/documents',
  summary: 'Adds the reference of a document to a customer',
  access: { roles: ['teller', 'compliance'], owner: 'customer_id' },
  params: byCustomer,
  body: Type.Object(documentFields),
  reply: KycDocument,
  status: 201,
  problems: ['CUSTOMER_NOT_FOUND', 'DOCUMENT_EXISTS', 'DOCUMENT_EXPIRED', 'COUNTRY_UNKNOWN', 'CUSTOMER_ROLLED_BACK'],
})

export const listKycDocuments = operation({
  id: 'listKycDocuments',
  method: 'GET',
  path: '/customers/:customer_id/documents',
  summary: 'The documents that a customer has given, by reference',
  access: { roles: STAFF, owner: 'customer_id' },
  params: byCustomer,
  reply: Type.Object({ items: Type.Array(KycDocument) }),
  problems: ['CUSTOMER_NOT_FOUND'],
})

const SOURCES_OF_FUNDS = ['SALARY', 'BUSINESS', 'SAVINGS', 'INVESTMENT', 'INHERITANCE', 'OTHER'] as const

const KycState = Type.Object({
  customer_id: Id,
  kyc_status: OneOf(KYC_STATUSES),
  risk_category: Type.Union([OneOf(RISK_CATEGORIES), Type.Null()]),
  submitted_at: NullableTimestamp,
  decided_at: NullableTimestamp,
  /** What the customer is told of a rejection. */
  reasons: Type.Array(Type.String()),
  expires_on: NullableDate,
  documents: Type.Array(KycDocument),
  /** Who handed it in, and what was declared: for compliance and auditors alone, null for everybody else and where nothing was said. */
  submitted_by: NullableText(60),
  occupation: NullableText(100),
  source_of_funds: Type.Union([OneOf(SOURCES_OF_FUNDS), Type.Null()]),
  is_politically_exposed: Type.Union([Type.Boolean(), Type.Null()]),
  tax_residencies: Type.Union([Type.Array(Type.String()), Type.Null()]),
})

export const submitKyc = operation({
  id: 'submitKyc',
  method: 'POST',
  path: '/customers/:customer_id/kyc',
  summary: 'Hands in what proves who the customer is; an officer decides',
  access: { roles: ['teller'], owner: 'customer_id' },
  params: byCustomer,
  body: Type.Object({
    documents: Type.Array(Type.Object(documentFields), { minItems: 1, maxItems: 10 }),
    occupation: Type.Optional(PlainText(100)),
    source_of_funds: Type.Optional(OneOf(SOURCES_OF_FUNDS)),
    is_politically_exposed: Type.Optional(Type.Boolean()),
    tax_residencies: Type.Optional(Type.Array(Country, { maxItems: 5 })),
  }),
  reply: KycState,
  status: 202,
  problems: [
    'CUSTOMER_NOT_FOUND',
    'KYC_IN_REVIEW',
    'KYC_VERIFIED',
    'IDENTITY_DOCUMENT_MISSING',
    'DOCUMENT_EXPIRED',
    'DOCUMENT_EXISTS',
    'COUNTRY_UNKNOWN',
    'CUSTOMER_ROLLED_BACK',
  ],
})

export const getKycStatus = operation({
  id: 'getKycStatus',
  method: 'GET',
  path: '/customers/:customer_id/kyc/status',
  summary: 'Where the verification of a customer stands',
  access: { roles: STAFF, owner: 'customer_id' },
  params: byCustomer,
  reply: KycState,
  problems: ['CUSTOMER_NOT_FOUND'],
})

export const decideKyc = operation({
  id: 'decideKyc',
  method: 'POST',
  path: '/customers/:customer_id/kyc/decision',
  summary: 'An officer approves or rejects, with a reason; never what he handed in himself',
  description: 'A first rejection rolls the opening back: pending accounts are closed and the profile is taken back.',
  access: { roles: ['compliance'], services: ['admin-service'] },
  params: byCustomer,
  body: Type.Object({
    decision: OneOf(['APPROVE', 'REJECT'] as const),
    reason: PlainText(280),
    /** Needed to approve. */
    risk_category: Type.Optional(OneOf(RISK_CATEGORIES)),
    /** False asks for better documents instead of turning the customer away. */
    is_final: Type.Optional(Type.Boolean()),
  }),
  reply: KycState,
  problems: ['CUSTOMER_NOT_FOUND', 'NOT_IN_REVIEW', 'OWN_KYC', 'RISK_CATEGORY_REQUIRED', 'DOCUMENT_EXPIRED'],
  stepUp: true,
})

export const listKycHistory = operation({
  id: 'listKycHistory',
  method: 'GET',
  path: '/customers/:customer_id/kyc/history',
  summary: 'Every step of a verification: who, when, why',
  access: { roles: ['compliance', 'auditor', 'admin'] },
  params: byCustomer,
  reply: Type.Object({
    items: Type.Array(
      Type.Object({
        sequence: Type.Integer(),
        kyc_status: OneOf(KYC_STATUSES),
        reason: NullableText(280),
        changed_by: Type.String(),
        changed_at: Timestamp,
      }),
    ),
  }),
  audit: true,
  problems: ['CUSTOMER_NOT_FOUND'],
})

export const listKycQueue = operation({
  id: 'listKycQueue',
  method: 'GET',
  path: '/kyc/queue',
  summary: 'Customers who wait for an officer, the longest waiting first',
  access: { roles: ['compliance', 'auditor', 'admin'] },
  query: Type.Object({ ...pageQuery }),
  reply: PageOf(
    Type.Object({
      customer_id: Id,
      /** Masked. */
      name: Type.String(),
      submitted_at: Timestamp,
      waiting_s: Type.Integer(),
      document_types: Type.Array(OneOf(KYC_DOCUMENT_TYPES)),
      is_politically_exposed: Type.Boolean(),
    }),
  ),
  audit: true,
  problems: ['CURSOR_WRONG'],
})

const Relation = Type.Object({
  customer_id: Id,
  related_customer_id: Id,
  relation: OneOf(['JOINT', 'DELEGATE'] as const),
  capabilities: Type.Array(OneOf(CAPABILITIES)),
  added_by: Type.String(),
  added_at: Timestamp,
})

export const listRelations = operation({
  id: 'listRelations',
  method: 'GET',
  path: '/customers/:customer_id/relations',
  summary: 'Who may act for a customer',
  access: { roles: STAFF, owner: 'customer_id' },
  params: byCustomer,
  reply: Type.Object({ items: Type.Array(Relation) }),
  problems: ['CUSTOMER_NOT_FOUND'],
})

export const addRelation = operation({
  id: 'addRelation',
  method: 'POST',
  path: '/customers/:customer_id/relations',
  summary: 'Lets somebody act for a customer on all of his accounts, those to come included',
  access: { roles: ['teller', 'compliance'] },
  params: byCustomer,
  body: Type.Object({
    related_customer_id: Id,
    relation: OneOf(['JOINT', 'DELEGATE'] as const),
    capabilities: Type.Optional(Type.Array(OneOf(CAPABILITIES), { minItems: 1, maxItems: 3 })),
  }),
  reply: Relation,
  status: 201,
  problems: [
    'CUSTOMER_NOT_FOUND',
    'RELATION_EXISTS',
    'RELATED_TO_HIMSELF',
    'RELATED_CUSTOMER_NOT_FOUND',
    'OWN_CUSTOMER',
    'CUSTOMER_ROLLED_BACK',
  ],
})

export const removeRelation = operation({
  id: 'removeRelation',
  method: 'DELETE',
  path: '/customers/:customer_id/relations/:related_customer_id',
  summary: 'Ends what somebody may do for a customer; the customer may do so himself',
  access: { roles: ['teller', 'compliance'], owner: 'customer_id' },
  params: Type.Object({ customer_id: Id, related_customer_id: Id }),
  reply: Type.Object({}),
  status: 204,
  problems: ['CUSTOMER_NOT_FOUND', 'RELATION_NOT_FOUND'],
})

/** What another service must know before it opens, activates or tells: no more. */
export const resolveCustomers = operation({
  id: 'resolveCustomers',
  method: 'POST',
  path: '/internal/customers/resolve',
  summary: 'Standing and relations of customers, for services; unknown ones are left out',
  access: { services: ['account-service', 'notification-service', 'admin-service', 'transaction-service'] },
  body: Type.Object({ customer_ids: Type.Array(Id, { maxItems: 1000 }) }),
  reply: Type.Object({
    items: Type.Array(
      Type.Object({
        customer_id: Id,
        user_id: NullableId,
        status: OneOf(['ACTIVE', 'ROLLED_BACK'] as const),
        kyc_status: OneOf(KYC_STATUSES),
        first_name: NullableText(100),
        last_name: NullableText(100),
        email: NullableText(254),
        phone: Type.Optional(NullableText(20)),
        relations: Type.Array(
          Type.Object({
            related_customer_id: Id,
            relation: OneOf(['JOINT', 'DELEGATE'] as const),
            capabilities: Type.Array(OneOf(CAPABILITIES)),
          }),
        ),
      }),
    ),
  }),
  audit: false,
})
