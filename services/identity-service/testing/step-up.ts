import type { TestContext } from 'node:test'
import { lookupPayee, resolveAccounts } from '#contracts/api/account.ts'
import { answerApproval } from '#contracts/api/identity-devices.ts'
import * as api from '#contracts/api/identity-step-up.ts'
import type { FactorWord } from '#contracts/enums.ts'
import type { Caller } from '#libs/contract/client.ts'
import type { InputOf } from '#libs/contract/operation.ts'
import { newId } from '#libs/ids/ids.ts'
import type { ServiceTest, ServiceTestOptions } from '#libs/testing/service-test.ts'
import { enrolDevice, halfSignIn, openWithTotp, verify } from './factors.ts'
import type { Tokens } from './people.ts'

const from = newId()
/** An account that is not Ann's: she may pay to it. */
export const ACCOUNT_OF_ANOTHER = newId()
/** A transfer of Ann's that has to be confirmed, as its body is sent. */
export const BODY = {
  ...{ source_account_id: from, destination_account_number: 'FB-00000017-4', amount_cents: 60_000 },
  ...{ currency: 'EUR', description: 'rent of May' },
}
export const WISH = { operation: 'transferMoney', body: BODY }

/** Plays account-service: an account of Ann's and one that she may pay to. */
export function playAccounts(bank: ServiceTest, { customer_id }: Pick<Caller, 'customer_id'>): void {
  const account = (account_id: string, account_number: string, owner: string) => ({
    ...{ account_id, account_number, currency: 'EUR', status: 'ACTIVE' as const, branch_id: 'main' },
    owners: [{ customer_id: owner, capabilities: ['view' as const, 'debit' as const] }],
  })
  const all = [
    account(from, 'FB-00000012-9', customer_id as string),
    account(ACCOUNT_OF_ANOTHER, 'FB-00000017-4', newId()),
  ]
  bank.peer(resolveAccounts, ({ body }) => ({
    items: all.filter(
      (one) => body.account_ids.includes(one.account_id) || body.account_numbers.includes(one.account_number),
    ),
  }))
  bank.peer(lookupPayee, ({ query: { account_number } }) => ({
    ...{ account_number, masked_name: 'B•• S••••', currency: 'EUR', can_receive: true },
  }))
}

/** Ann with an authenticator and an account, and what she does to confirm. */
export async function openTotp(t: TestContext, options: ServiceTestOptions = {}) {
  const opened = await openWithTotp(t, options)
  const { bank, caller } = opened
  playAccounts(bank, caller)
  return { ...opened, ...actsOf(bank, caller) }
}

/** The operations of a step-up, as one caller asks for them unless another is given. */
export function actsOf(bank: ServiceTest, caller: Caller) {
  return {
    start: async (wish: InputOf<typeof api.startStepUp>['body'] = WISH, by = caller) =>
      (await bank.call(api.startStepUp, { body: wish }, by)).reply,
    answer: async (challenge_id: string, body: InputOf<typeof api.answerStepUp>['body'], by = caller) =>
      (await bank.call(api.answerStepUp, { params: { challenge_id }, body }, by)).reply,
    look: async (challenge_id: string, by = caller) =>
      (await bank.call(api.getStepUp, { params: { challenge_id } }, by)).reply,
    offer: async (challenge_id: string, factor: FactorWord, by = caller) =>
      (await bank.call(api.offerStepUp, { params: { challenge_id }, body: { factor } }, by)).reply,
  }
}

/** Another session of Ann's. */
export async function signInAgain(bank: ServiceTest, freshCode: () => string, device_id?: string): Promise<Tokens> {
  const challenge_id = await halfSignIn(bank, device_id)
  return (await verify(bank, challenge_id, { code: freshCode() })) as Tokens
}

/** Ann with a telephone besides: `ask` begins a confirmation and wakes it, `decide` is its answer. */
export async function openPhone(t: TestContext) {
  const opened = await openTotp(t)
  const { bank, freshCode, strong, start, offer } = opened
  const tokens = await signInAgain(bank, freshCode, 'phone-01')
  const { phone, caller: by } = await enrolDevice(bank, { tokens, strength: strong })
  const ask = async () => {
    const { challenge_id, digest } = await start()
    const { match_number = null } = await offer(challenge_id, 'PUSH')
    return { challenge_id, digest, match_number }
  }
  const decide = async (asked: Awaited<ReturnType<typeof ask>>, decision: 'APPROVE' | 'DENY') => {
    const { challenge_id, digest } = asked
    const match_number = decision === 'APPROVE' ? asked.match_number : null
    const signature = phone.decision({ challenge_id, digest, decision, match_number })
    const body = { decision, signature, ...(match_number === null ? {} : { match_number }) }
    return (await bank.call(answerApproval, { params: { challenge_id }, body }, by)).reply
  }
  return { ...opened, ask, decide }
}
