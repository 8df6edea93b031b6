import type { Queryable } from '#libs/sql/database.ts'
import { arrayLiteral } from './array-literal.ts'

/** What a posting names instead of a line of the chart: what the line does in a business event of a product. */
export interface Role {
  readonly business_event: string
  readonly product: string
  readonly role: string
}

/** One text per role, for maps. */
export function roleText({ business_event, product, role }: Role): string {
  return `${business_event} ${product} ${role}`
}

/** The lines that roles stand for on the business date, by `roleText`: the product's own, else that of any product. */
export async function resolveRoles(sql: Queryable, roles: readonly Role[]): Promise<ReadonlyMap<string, string>> {
  if (roles.length === 0) return NONE
  const wanted = [...new Map(roles.map((role) => [roleText(role), role])).values()]
  const rows = await sql<(Role & { gl_code: string })[]>`
    select wanted.business_event, wanted.product, wanted.role, found.gl_code
    from unnest(${arrayLiteral(wanted.map((one) => one.business_event))}::text[], ${arrayLiteral(wanted.map((one) => one.product))}::text[],
      ${arrayLiteral(wanted.map((one) => one.role))}::text[]) as wanted (business_event, product, role)
    cross join lateral (
      select gl_code from gl_mappings m
      where m.business_event = wanted.business_event and m.role = wanted.role and m.product in (wanted.product, '*')
        and m.valid_from <= (select business_date from bank_clock)
      order by m.product = '*', m.valid_from desc, m.mapping_no desc limit 1) found`
  return new Map(rows.map((row) => [roleText(row), row.gl_code]))
}

const NONE: ReadonlyMap<string, string> = new Map()
