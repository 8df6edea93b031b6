import { Type } from 'typebox'
import { AccountAccess, PaymentInitiation } from '#contracts/grants.ts'
import type { GrantDetail } from '#libs/contract/client.ts'
import { type Shape, shapeOf } from '#libs/contract/schema.ts'
import { canonical } from '#libs/json/json.ts'
import { errors } from './library.ts'

const CLOSED = { additionalProperties: false }

const shapes: Readonly<Record<string, Shape<unknown>>> = {
  account_access: shapeOf(Type.Object(AccountAccess.properties, CLOSED), 'input'),
  payment_initiation: shapeOf(Type.Object(PaymentInitiation.properties, CLOSED), 'input'),
}

/** What a customer chooses: a request for it names none of these, or (a payment's account) may. */
const CHOSEN: Readonly<Record<string, readonly string[]>> = {
  account_access: ['account_ids', 'expires_on'],
  payment_initiation: ['source_account_id'],
}

/** The types of authorization details (RFC 9396) that there are. */
export const DETAIL_TYPES = Object.keys(shapes)

/** Refuses a detail that does not have the form of its type, and says where (RFC 9396 §5). Accounts are the customer's to choose. */
export function checkDetail(detail: GrantDetail): void {
  const shape = shapes[detail.type]
  if (shape === undefined) throw new errors.InvalidAuthorizationDetails('unsupported authorization details type value')
  const [wrong] = shape.errors(detail)
  if (wrong !== undefined)
    throw new errors.InvalidAuthorizationDetails(`${detail.type}${wrong.pointer} ${wrong.detail}`.slice(0, 300))
  if (detail.type === 'account_access' && 'account_ids' in detail)
    throw new errors.InvalidAuthorizationDetails('account_access/account_ids is chosen by the customer')
}

/**
 * Refuses a request whose scopes and details do not belong together: a payment is confirmed by itself (PSD2 RTS art. 5), as one detail and never
 * beside access to accounts.
 */
export function checkScopesAndDetails(scopes: ReadonlySet<string>, details: readonly GrantDetail[]): void {
  const count = (type: string): number => details.filter((detail) => detail.type === type).length
  const [payments, accesses] = [count('payment_initiation'), count('account_access')]
  const isPayment = scopes.has('payment_initiation')
  if (isPayment !== payments > 0)
    throw new errors.InvalidAuthorizationDetails(
      'the scope payment_initiation needs a detail of that type, and it the scope',
    )
  if (accesses > 0 && !scopes.has('account_information'))
    throw new errors.InvalidAuthorizationDetails(
      'details of the type account_access need the scope account_information',
    )
  if (payments > 1 || accesses > 1)
    throw new errors.InvalidAuthorizationDetails('one detail of a type is allowed at a time')
  if (isPayment && scopes.has('account_information'))
    throw new errors.InvalidScope('a payment is confirmed by itself', 'account_information')
}

/** What is asked for, with what a scope means by itself, amounts as bigint. */
export function detailsAsked(scopes: ReadonlySet<string>, text: string | undefined): GrantDetail[] {
  const asked = text === undefined ? [] : (JSON.parse(text) as GrantDetail[])
  if (asked.length === 0 && scopes.has('account_information'))
    return [{ type: 'account_access', actions: ['accounts', 'balances', 'transactions'] }]
  return asked.map((detail) => shapes[detail.type]?.revive(detail) as GrantDetail)
}

/** True where what was granted is what was asked, but for what is the customer's to choose. */
export function isWhatWasAsked(asked: readonly GrantDetail[], granted: readonly GrantDetail[]): boolean {
  if (asked.length !== granted.length) return false
  return granted.every((detail, i) => {
    const wish = asked[i] as GrantDetail
    const chosen = CHOSEN[detail.type] ?? []
    return canonical(without(wish, chosen)) === canonical(without(detail, chosen)) && keepsChoice(wish, detail)
  })
}

/** A source account that the request names stays; an end that it names is not put off. */
function keepsChoice(wish: GrantDetail, granted: GrantDetail): boolean {
  if (wish.source_account_id !== undefined && wish.source_account_id !== granted.source_account_id) return false
  return wish.expires_on === undefined || String(granted.expires_on ?? '9') <= String(wish.expires_on)
}

function without(detail: GrantDetail, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(detail).filter(([name]) => !names.includes(name)))
}

/** Details as they stand in tokens: plain JSON, amounts as integers. */
export function plainDetails(details: readonly GrantDetail[]): GrantDetail[] {
  return details.map(
    (detail) =>
      Object.fromEntries(
        Object.entries(detail).map(([name, value]) => [name, typeof value === 'bigint' ? Number(value) : value]),
      ) as GrantDetail,
  )
}
