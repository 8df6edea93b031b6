import { Type } from 'typebox'
import { operationsOf } from '#libs/contract/operation.ts'
import { IsoDate, NullableText, OneOf, PageOf, PlainText, pageQuery, Timestamp } from '#libs/contract/schema.ts'
import { LEDGER_ACCOUNT_TYPES, NORMAL_SIDES } from '../enums.ts'
import { EventName, GlCode, STAFF } from './ledger.ts'

const operation = operationsOf('ledger-service')

/** Who may change what the bank books on. */
const CHART_KEEPERS = ['admin', 'compliance'] as const
/** OWN: one account of the bank's a currency; SUBLEDGER: one account a customer; GROUP: a heading. */
const GL_KINDS = ['OWN', 'SUBLEDGER', 'GROUP'] as const
const Product = Type.Unsafe<string>({ type: 'string', pattern: '^([A-Z][A-Z0-9_]{0,39}|[*])$' })
const Role = Type.Unsafe<string>({ type: 'string', pattern: '^[a-z][a-z0-9_]{0,39}$' })
const byCode = Type.Object({ gl_code: GlCode })

const GlAccount = Type.Object({
  gl_code: GlCode,
  name: Type.String(),
  account_type: OneOf(LEDGER_ACCOUNT_TYPES),
  normal_side: OneOf(NORMAL_SIDES),
  kind: OneOf(GL_KINDS),
  /** The heading that it stands under. */
  parent_code: NullableText(40),
  /** False: no account of it is opened, and the bank's own are frozen; those of customers have states of their own. */
  is_active: Type.Boolean(),
})

export const listGlAccounts = operation({
  id: 'listGlAccounts',
  method: 'GET',
  path: '/ledger/chart',
  summary: 'The chart of accounts, by code',
  access: { roles: STAFF },
  reply: Type.Object({ items: Type.Array(GlAccount) }),
})

export const addGlAccount = operation({
  id: 'addGlAccount',
  method: 'POST',
  path: '/ledger/chart',
  summary: 'Adds a line to the chart of accounts; adding the same again answers the same',
  description: "Income and expense are lines of the bank's own, no sub-ledgers: the end of a year empties them.",
  access: { roles: CHART_KEEPERS },
  body: Type.Object({
    gl_code: GlCode,
    name: PlainText(80),
    account_type: OneOf(LEDGER_ACCOUNT_TYPES),
    /** Of assets and expenses DEBIT, of all others CREDIT, unless said: a contra account says it. */
    normal_side: Type.Optional(OneOf(NORMAL_SIDES)),
    kind: OneOf(GL_KINDS),
    parent_code: Type.Optional(GlCode),
  }),
  reply: GlAccount,
  status: 201,
  problems: ['GL_ACCOUNT_DIFFERS', 'GL_ACCOUNT_WRONG'],
})

export const changeGlAccount = operation({
  id: 'changeGlAccount',
  method: 'PUT',
  path: '/ledger/chart/:gl_code',
  summary: "Renames a line of the chart, or says whether it is booked on; the bank's own accounts of it follow at once",
  description:
    "No account of an inactive line is opened, and the bank's own are frozen. Those of customers, under a sub-ledger, stay as they are: each has a " +
    'state of its own.',
  access: { roles: CHART_KEEPERS },
  params: byCode,
  body: Type.Object({ name: Type.Optional(PlainText(80)), is_active: Type.Optional(Type.Boolean()) }),
  reply: GlAccount,
  problems: ['GL_ACCOUNT_NOT_FOUND'],
})

const GlMapping = Type.Object({
  business_event: EventName,
  /** `*`: every product that has none of its own. */
  product: Product,
  role: Role,
  gl_code: GlCode,
  /** The business date from which it counts, until the next of the same event, product and role. */
  valid_from: IsoDate,
  set_at: Timestamp,
})

export const listGlMappings = operation({
  id: 'listGlMappings',
  method: 'GET',
  path: '/ledger/mappings',
  summary:
    'Which lines the roles of business events stand for: those that count on a business date, or all that were ever set',
  access: { roles: STAFF },
  query: Type.Object({
    ...pageQuery,
    business_event: Type.Optional(EventName),
    product: Type.Optional(Product),
    /** A business date; today's unless said. */
    on: Type.Optional(IsoDate),
    /** All that were ever set, newest first. */
    history: Type.Optional(Type.Boolean()),
  }),
  reply: PageOf(GlMapping),
  problems: ['CURSOR_WRONG'],
})

export const setGlMapping = operation({
  id: 'setGlMapping',
  method: 'PUT',
  path: '/ledger/mappings',
  summary:
    'Says which line a role of a business event stands for, from a business date on; what was booked before stays',
  description:
    'Where the results of years are carried over to is role `result` of `CLOSING`: it has to be a line of equity, for any product, ' +
    'and the one that counts when a year is closed is taken.',
  access: { roles: CHART_KEEPERS },
  body: Type.Object({
    business_event: EventName,
    product: Type.Optional(Product),
    role: Role,
    gl_code: GlCode,
    /** Today or later; today unless said. */
    valid_from: Type.Optional(IsoDate),
  }),
  reply: GlMapping,
  problems: ['GL_ACCOUNT_NOT_FOUND', 'GL_ACCOUNT_WRONG'],
})
