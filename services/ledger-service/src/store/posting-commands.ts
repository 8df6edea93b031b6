import type { postTransaction } from '#contracts/api/ledger.ts'
import type { InputOf } from '#libs/contract/operation.ts'
import { Problem } from '#libs/problem/problem.ts'
import type { Queryable, Tx } from '#libs/sql/database.ts'
import type { Own } from '../config.ts'
import type { PostCommand, Posting, RefusedCommand } from '../domain/core.ts'
import type { PositionedExchange } from '../domain/exchange.ts'
import { isClosingEntry, passesClosing } from '../domain/proposals.ts'
import { accountIdOf, isPosition, positionIdOf } from '../own-accounts.ts'
import { problems } from '../problems.ts'
import { type Role, resolveRoles, roleText } from './mappings.ts'
import { type OwnAccount, openOwnAccounts } from './open-own-accounts.ts'

export type PostBody = InputOf<typeof postTransaction>['body']

/** What somebody wants booked, out of a hold or not. */
export interface Wish {
  readonly service: string | null
  readonly body: PostBody
  readonly hold_id: string | null
  readonly releases_rest: boolean
}

const NO_PRODUCT = '*'

/** What was wished for as commands, one each; own accounts that they name stand afterwards. */
export async function commandsOf(
  tx: Tx,
  own: Own,
  wishes: readonly Wish[],
  now: Date,
): Promise<(PostCommand | RefusedCommand)[]> {
  const { commands, named } = await namedCommands(tx, wishes, own.openAccounts)
  if (named.size > 0) await openOwnAccounts(tx, own, named.values(), now)
  return commands
}

/** The same for one who only looks: which own accounts are named that are not known to stand. */
export async function namedCommands(
  sql: Queryable,
  wishes: readonly Wish[],
  known: ReadonlySet<string>,
): Promise<{ commands: (PostCommand | RefusedCommand)[]; named: Map<string, OwnAccount> }> {
  const lines = await resolveRoles(sql, wishes.flatMap(rolesOf))
  const named = new Map<string, OwnAccount>()
  const commands = wishes.map((wish): PostCommand | RefusedCommand => {
    try {
      return commandOf(wish, lines, known, named)
    } catch (error) {
      if (error instanceof Problem) return { kind: 'refused', problem: error }
      throw error
    }
  })
  return { commands, named }
}

function commandOf(
  { service, body, hold_id, releases_rest }: Wish,
  lines: ReadonlyMap<string, string>,
  known: ReadonlySet<string>,
  named: Map<string, OwnAccount>,
): PostCommand {
  let first_used: Map<string, OwnAccount> | undefined
  const idOf = (side: string, currency: string): string => {
    const gl_code = side.startsWith('@') ? lineOf(side, body, lines) : side
    const id = accountIdOf(gl_code, currency)
    if (gl_code.length !== 36 && !known.has(id)) {
      const account = { ledger_account_id: id, gl_code, currency }
      named.set(id, account)
      first_used ??= new Map()
      first_used.set(id, account)
    }
    return id
  }
  const postings = body.postings.map((posting): Posting => {
    const currency = posting.currency ?? body.currency
    return {
      debit_account_id: idOf(posting.debit, currency),
      credit_account_id: idOf(posting.credit, currency),
      amount_cents: posting.amount_cents,
      currency,
    }
  })
  return {
    kind: 'post',
    currency: body.currency,
    postings,
    hold_id,
    releases_rest,
    is_limited: body.is_limited ?? false,
    value_date: body.value_date ?? null,
    passes_closing: passesClosing(service, body.step),
    exchange: exchangeOf(body, postings),
    ...(first_used === undefined ? {} : { first_used }),
    ...(isClosingEntry(service, body.step) ? { ignores_blocks: true } : {}),
  }
}

function lineOf(side: string, { business_event, product = NO_PRODUCT }: PostBody, lines: ReadonlyMap<string, string>) {
  const role = { business_event, product, role: side.slice(1) }
  const gl_code = lines.get(roleText(role))
  if (gl_code === undefined)
    throw new Problem(problems.MAPPING_NOT_FOUND, {
      detail: `No line of the chart is mapped to ${side} of ${business_event} for product ${product}`,
      extra: role,
    })
  return gl_code
}

function rolesOf({ body }: Wish): Role[] {
  const roles: Role[] = []
  const { business_event, product = NO_PRODUCT } = body
  for (const { debit, credit } of body.postings) {
    if (debit.startsWith('@')) roles.push({ business_event, product, role: debit.slice(1) })
    if (credit.startsWith('@')) roles.push({ business_event, product, role: credit.slice(1) })
  }
  return roles
}

/** The exchange with its positions; whoever goes through a position without saying the rate is refused. */
function exchangeOf({ exchange }: PostBody, postings: readonly Posting[]): PositionedExchange | null {
  if (exchange !== undefined) {
    const { sell_currency, buy_currency } = exchange
    return { ...exchange, sell_position_id: positionIdOf(sell_currency), buy_position_id: positionIdOf(buy_currency) }
  }
  for (const { debit_account_id, credit_account_id } of postings)
    if (isPosition(debit_account_id) || isPosition(credit_account_id))
      throw new Problem(problems.EXCHANGE_WRONG, {
        detail: 'What goes through a position says what was exchanged, and its rate',
      })
  return null
}
