import * as api from '#contracts/api/transaction.ts'
import type { Caller } from '#libs/contract/client.ts'
import type { InputOf } from '#libs/contract/operation.ts'
import type { Bank } from './open-bank.ts'

type Wish = InputOf<typeof api.addBeneficiary>['body']

/** The example of the IBAN registry for Germany. */
export const IBAN = 'DE89 3704 0044 0532 0130 00'

/** A customer keeps a payee at another bank, by IBAN unless it is said otherwise. */
export async function keepPayee(bank: Bank, customer: Caller, wish: Partial<Wish> = {}, key?: string) {
  const payee = { beneficiary_type: 'DOMESTIC' as const, name: 'Zoë Landlord', account_number: IBAN, currency: 'EUR' }
  const options = key === undefined ? {} : { key }
  return (await bank.call(api.addBeneficiary, { body: { ...payee, ...wish } }, customer, options)).reply
}
