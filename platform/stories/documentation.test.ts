import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { type Browser, chromium } from 'playwright-core'
import { publicRoutes } from '../catalogue.ts'
import { openBank, type TestBank } from '../testing/open-bank.ts'

const BROWSER = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((file) =>
  existsSync(file),
)
const WITHOUT = BROWSER === undefined ? { skip: 'no Chromium on this machine' } : {}

/** The refusals that the contract of an operation names; an alias is the same operation. */
function problemsOf(operationId: string): readonly string[] {
  const id = operationId.replace(/_at_.*$/, '')
  return publicRoutes('sandbox').find(({ operation }) => operation.id === id)?.operation.problems ?? []
}

/** The API explains itself. */
describe('documentation', () => {
  let bank: TestBank

  before(async () => {
    bank = await openBank()
  })
  after(() => bank.close())

  test('the page stands where it says, and the printed address leads to it where no web app is', async () => {
    const { url } = await fetch(bank.url)
    assert.equal(new URL(url).pathname, bank.hasWebApp ? '/' : '/api/v1/docs')
    const page = await fetch(`${bank.url}/api/v1/docs`)
    assert.match(await page.text(), /BankFlow API/)
  })

  test('openapi.json describes every public route with its refusals, and nothing between services', async () => {
    const { body } = await bank.api.get('/openapi.json')
    assert.equal(body.openapi, '3.1.0')
    const paths = Object.keys(body.paths)
    for (const path of [
      '/api/v1/auth/register',
      '/api/v1/accounts/{account_id}/balance',
      '/api/v1/transactions/transfer',
      '/api/v1/transactions/account/{account_id}',
      '/sandbox/clock',
    ]) {
      assert.ok(paths.includes(path), path)
    }
    assert.ok(!paths.some((path) => path.includes('/internal')))
    const transfer = body.paths['/api/v1/transactions/transfer'].post
    assert.equal(transfer.operationId, 'transferMoney')
    assert.ok(
      transfer.parameters.some(
        (parameter: { name: string; required: boolean }) => parameter.name === 'Idempotency-Key' && parameter.required,
      ),
    )
    assert.match(transfer.responses['4XX'].description, /CURRENCY_MISMATCH/)
    const ids = Object.values(body.paths).flatMap((item) =>
      Object.values(item as object).map((operation: { operationId: string }) => operation.operationId),
    )
    assert.equal(new Set(ids).size, ids.length, 'operation ids are unique')
  })

  test('every route of the document answers: nobody in particular gets 2xx, 400, 401 or 403, and 404 only where the contract says so', async () => {
    const { body } = await bank.api.get('/openapi.json')
    for (const [path, item] of Object.entries(body.paths)) {
      for (const [method, { operationId }] of Object.entries(item as Record<string, { operationId: string }>)) {
        const url = bank.url + path.replaceAll(/\{\w+\}/g, '0190b5a0-7b7b-7b7b-8b7b-0190b5a07b7b')
        const response = await fetch(url, { method: method.toUpperCase() })
        const { status } = response
        const code = status === 404 ? ((await response.json()) as { code: string }).code : ''
        // A page says in words that its interaction is over.
        const isOver = status === 410 && problemsOf(operationId).includes('INTERACTION_GONE')
        const isDeclared = problemsOf(operationId).includes(code) || isOver
        assert.ok([200, 400, 401, 403].includes(status) || isDeclared, `${method} ${path}: ${status} ${code}`)
      }
    }
  })

  test('the page lists the operations and tries one, with no script from elsewhere', WITHOUT, async () => {
    const browser: Browser = await chromium.launch({
      executablePath: BROWSER as string,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-dev-shm-usage',
        '--disable-background-networking',
        '--disable-sync',
      ],
    })
    try {
      // The page makes only what is in view: here all of it is.
      const page = await browser.newPage({ viewport: { width: 1280, height: 20_000 } })
      // Swagger UI draws some 300 operations at once: half a minute and more of a busy core.
      page.setDefaultTimeout(120_000)
      const complaints: string[] = []
      page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
      page.on(
        'request',
        (request) =>
          !request.url().startsWith(bank.url) && !request.url().startsWith('data:') && complaints.push(request.url()),
      )
      await page.goto(`${bank.url}/api/v1/docs`)
      const wanted = publicRoutes('sandbox').length
      await page
        .locator('.opblock')
        .nth(wanted - 1)
        .waitFor()
      assert.equal(await page.locator('.opblock').count(), wanted)
      const products = page.locator('#operations-account-listProducts')
      await products.locator('.opblock-summary').click()
      await products.getByRole('button', { name: 'Try it out' }).click()
      await products.getByRole('button', { name: 'Execute' }).click()
      await products.locator('.live-responses-table .response-col_status').first().waitFor()
      assert.match((await products.locator('.live-responses-table').textContent()) ?? '', /200/)
      assert.deepEqual(complaints, [])
    } finally {
      await browser.close()
    }
  })
})
