import { openAccount as contract } from '#contracts/api/account.ts'
import { openLedgerAccount } from '#contracts/api/ledger.ts'
import { accountCreated } from '#contracts/events/account.ts'
import { occurred } from '#libs/contract/event.ts'
import { newId } from '#libs/ids/ids.ts'
import { publish } from '#libs/outbox/publish.ts'
import { Problem } from '#libs/problem/problem.ts'
import type { Tx } from '#libs/sql/database.ts'
import { implement } from '../../config.ts'
import { accountNumberOf, lastFourOf } from '../../domain/account-number.ts'
import { planOpening } from '../../domain/opening.ts'
import { capabilitiesFor } from '../../domain/ownership.ts'
import { problems } from '../../problems.ts'
import { accountOf } from '../../store/accounts.ts'
import type { AccountRow, BranchRow, ProductRow } from '../../tables.ts'

export const openAccount = implement(contract, {
  /** The ledger account is there, under the same id, before the account is. If `run` refuses, an empty one that nobody names stays: harmless. */
  async ask({ body }, { sql, call, caller }) {
    const products = await sql<ProductRow[]>`select * from products order by list_rank`
    const plan = planOpening(body, caller, products)
    const branches = await sql<
      BranchRow[]
    >`select * from branches where branch_id = ${body.branch_id ?? null} or is_main_office`
    const branch = branches.find((one) =>
      body.branch_id === undefined ? one.is_main_office : one.branch_id === body.branch_id,
    )
    if (branch === undefined) throw new Problem(problems.BRANCH_NOT_FOUND)
    const { currency, overdraft_limit_cents } = plan
    const account_id = newId()
    const ledgerAccount = {
      ledger_account_id: account_id,
      gl_code: 'CUSTOMER_DEPOSITS',
      currency,
      overdraft_limit_cents,
    } as const
    await call(openLedgerAccount, { body: ledgerAccount }, { acting: caller })
    return { ...plan, account_id, branch_id: branch.branch_id }
  },

  /** Opens an account for a customer, who becomes its first owner. */
  async run(
    _input,
    { tx, clock, caller },
    { account_id, customer_id, product, currency, branch_id, overdraft_limit_cents },
  ) {
    const at = clock.wall.now()
    const account: AccountRow = {
      account_id,
      account_number: accountNumberOf(await nextSerial(tx)),
      customer_id,
      product_id: product.product_id,
      account_type: product.account_type,
      currency,
      status: 'ACTIVE',
      branch_id,
      overdraft_limit_cents,
      opened_date: clock.bank.businessDate(),
      closed_at: null,
      version: 1,
      frozen_reason: null,
      created_by: caller.sub ?? caller.service ?? 'unknown',
      created_at: at,
      updated_at: at,
    }
    await tx`insert into accounts ${tx({ ...account })}`
    await tx`
      insert into account_owners (account_id, customer_id, relation, capabilities, added_at)
      values (${account_id}, ${customer_id}, 'OWNER', ${capabilitiesFor('OWNER', undefined)}, ${at})`
    await publish(tx, createdEvent(account))
    return accountOf(account)
  },
})

async function nextSerial(tx: Tx): Promise<bigint> {
  const [row] = await tx<{ serial: bigint }[]>`select nextval('account_numbers') as serial`
  return (row as { serial: bigint }).serial
}

function createdEvent(account: AccountRow) {
  const { account_id, customer_id, account_number, account_type, currency, branch_id, status } = account
  const account_number_last4 = lastFourOf(account_number)
  return occurred(accountCreated, {
    account_id,
    customer_id,
    account_number_last4,
    account_type,
    currency,
    branch_id,
    status,
  })
}
