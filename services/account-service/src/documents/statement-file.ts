import type { FileReply } from '#libs/contract/file-reply.ts'
import { unreachable } from '#libs/problem/problem.ts'
import type { Statement } from '../store/statements.ts'
import { statementCsv } from './statement-csv.ts'
import { statementPdf } from './statement-pdf.ts'

/** A statement as it was asked for: as data, or as a file with a name. */
export async function statementAs(
  format: 'json' | 'csv' | 'pdf' | undefined,
  statement: Statement,
): Promise<Statement | FileReply> {
  const name = `statement-${statement.account_number}-${statement.from}-${statement.to}`
  switch (format) {
    case undefined:
    case 'json':
      return statement
    case 'csv':
      return { kind: 'file', content_type: 'text/csv', filename: `${name}.csv`, bytes: statementCsv(statement) }
    case 'pdf':
      return {
        kind: 'file',
        content_type: 'application/pdf',
        filename: `${name}.pdf`,
        bytes: await statementPdf(statement),
      }
    default:
      return unreachable(format)
  }
}
