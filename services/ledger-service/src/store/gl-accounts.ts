import type { Queryable } from '#libs/sql/database.ts'
import type { GlAccountRow, GlMappingRow } from '../tables.ts'

/** A line of the chart, or undefined. */
export async function findGlAccount(sql: Queryable, gl_code: string): Promise<GlAccountRow | undefined> {
  const [row] = await sql<GlAccountRow[]>`select * from gl_accounts where gl_code = ${gl_code}`
  return row
}

/** A line as the contract answers it. */
export function glAccountReply({
  gl_code,
  name,
  account_type,
  normal_side,
  kind,
  parent_code,
  is_active,
}: GlAccountRow) {
  return { gl_code, name, account_type, normal_side, kind, parent_code, is_active }
}

/** A mapping as the contract answers it. */
export function glMappingReply({ business_event, product, role, gl_code, valid_from, set_at }: GlMappingRow) {
  return { business_event, product, role, gl_code, valid_from, set_at: set_at.toISOString() }
}
