import { hash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Operation } from '#libs/contract/operation.ts'
import { openApiOf } from '#libs/http/openapi.ts'
import { loadOperations } from './contracts.ts'

const ROOT = join(import.meta.dirname, '../..')
const CLIENT = 'frontend/src/services/bank-api.ts'

/** The operations that the web app calls. What it does not call makes no code in a browser. */
const USED: ReadonlySet<string> = new Set([
  'signInWeb',
  'verifyFactorWeb',
  'signInWebByPasskey',
  'startPasskeyLogin',
  'challengeFactor',
  'signOutWeb',
  'getWebSession',
  'changePassword',
  'listFactors',
  'openFactorProof',
  'offerFactorProof',
  'enrolTotp',
  'confirmTotp',
  'enrolPhone',
  'confirmPhone',
  'enrolEmail',
  'replaceRecoveryCodes',
  'removeFactor',
  'startPasskey',
  'registerPasskey',
  'listPasskeys',
  'renamePasskey',
  'listDevices',
  'changeDevice',
  'forgetDevice',
  'listSessions',
  'revokeSession',
  'revokeAllSessions',
  'listConsents',
  'revokeConsent',
  'listAccounts',
  'getAccount',
  'getAccountBalance',
  'getAccountInterest',
  'listStatements',
  'lookupPayee',
  'listAccountTransactions',
  'listTransactions',
  'getTransaction',
  'transferMoney',
  'startStepUp',
  'offerStepUp',
  'answerStepUp',
  'cancelTransaction',
  'listBeneficiaries',
  'listNotifications',
  'markNotificationRead',
  'markAllNotificationsRead',
  'readSandboxClock',
  'readMailbox',
])

/** The OpenAPI document of what the web app calls. */
function documentOf(operations: readonly Operation[]): string {
  const routes = operations.filter(({ id }) => USED.has(id)).map((operation) => ({ operation, path: operation.path }))
  return JSON.stringify(openApiOf(routes, { title: 'BankFlow', version: '1', description: '' }))
}

/** The first line of the generated client: names the document that it was made from. */
export function clientStamp(operations: readonly Operation[]): string {
  return `// Made by \`npx node tools/tidy/web-client.ts --write\` from the contracts; a test compares. OpenAPI ${hash('sha256', documentOf(operations), 'hex').slice(0, 16)}`
}

/** The first line of the client as it stands. */
export function presentStamp(): string {
  return readFileSync(join(ROOT, CLIENT), 'utf8').split('\n', 1)[0] ?? ''
}

async function writeClient(): Promise<void> {
  // A development tool that only this line needs: loading it costs seconds.
  const { generateEndpoints } = await import('@rtk-query/codegen-openapi')
  const operations = (await loadOperations(ROOT)) as unknown as Operation[]
  const folder = mkdtempSync(join(tmpdir(), 'bankflow-openapi-'))
  try {
    const schemaFile = join(folder, 'openapi.json')
    writeFileSync(schemaFile, documentOf(operations))
    const source = await generateEndpoints({
      schemaFile,
      apiFile: './base-api.ts',
      apiImport: 'baseApi',
      exportName: 'bankApi',
      hooks: { queries: true, lazyQueries: true, mutations: true },
      tag: true,
      encodePathParams: true,
    })
    writeFileSync(join(ROOT, CLIENT), `${clientStamp(operations)}\n${source as string}`)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

if (process.argv.includes('--write')) await writeClient()
