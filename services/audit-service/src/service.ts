import { sealer } from '#libs/crypto/envelope.ts'
import { AUDIT_PURPOSE } from '#libs/http/audit.ts'
import { defineService } from '#libs/service/service.ts'
import { type Own, settings } from './config.ts'
import { exportAudit } from './operations/export-audit.ts'
import { getAuditedAct } from './operations/get-audited-act.ts'
import { recordActs } from './operations/record-acts.ts'
import { searchAudit } from './operations/search-audit.ts'
import { verifyAudit } from './operations/verify-audit.ts'
import { problems } from './problems.ts'

/** The bank's trail: append-only, hash-chained, searchable by auditors. */
export const service = defineService<Own>({
  name: 'audit-service',
  migrations: new URL('../migrations/', import.meta.url),
  settings,
  operations: [searchAudit, exportAudit, verifyAudit, getAuditedAct, recordActs],
  reactions: [],
  jobs: [],
  produces: [],
  problems,
  constraints: {},
  owners: {},
  partitioned: ['audit_trail'],
  open: async ({ keys }) => ({ changes: sealer(keys, AUDIT_PURPOSE), months: new Set() }),
})
