/**
 * Which folder may import which. The numbers are those of docs/adr/0021-dependency-rules.md; each rule's comment
 * points at its section there, and tools/checks/dependency-rules.test.ts plants one violation per rule.
 */
const adr = (rule, why) => `docs/adr/0021-dependency-rules.md#rule-${rule} ${why}`

const TEST_FILE = '\\.test\\.ts$'
/** Code that only tests load: the test files, what supports them, and the runner that starts their server. */
const TEST_CODE = [
  TEST_FILE,
  '^libs/testing/',
  '^libs/[^/]+/testing/',
  '^platform/testing/',
  '^platform/[^/]+/testing/',
  '^platform/faults/',
  '^services/[^/]+/testing/',
  '^tools/test(-cluster)?\\.ts$',
  '^tools/test/',
]
const OUR_CODE = '^(libs|contracts|services|platform|frontend|tools|bench|verify)/'

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'service-imports-no-other-service',
      comment: adr(1, 'a fact travels as an event, a question as a call through contracts/api'),
      severity: 'error',
      from: { path: '^services/([^/]+)/' },
      to: { path: '^services/', pathNot: '^services/$1/' },
    },
    {
      name: 'service-imports-nothing-above-it',
      comment: adr(1, 'a service does not know who composes it; only its tests may start the platform'),
      severity: 'error',
      from: { path: '^services/', pathNot: [TEST_FILE, '^services/[^/]+/testing/'] },
      to: { path: '^(platform|frontend|tools|bench)/' },
    },
    {
      name: 'libs-import-only-libs',
      comment: adr(2, 'another company could use a lib: it knows no bank'),
      severity: 'error',
      from: { path: '^libs/' },
      to: { path: '^(contracts|services|platform|frontend|tools|bench)/' },
    },
    {
      name: 'no-cycles',
      comment: adr(2, 'what a module means must not depend on which one is loaded first; types count too'),
      severity: 'error',
      from: { path: OUR_CODE },
      to: { circular: true },
    },
    {
      name: 'contracts-import-only-their-vocabulary',
      comment: adr(3, 'every service and the web app load the contracts: they may bring nothing along'),
      severity: 'error',
      from: { path: '^contracts/', pathNot: TEST_FILE },
      to: { pathNot: ['^contracts/', '^libs/(contract|money|ids|problem)/', '(^|/)node_modules/typebox/'] },
    },
    {
      name: 'domain-is-pure',
      comment: adr(4, 'a rule of the bank is decided without SQL, clock, network or npm package'),
      severity: 'error',
      from: { path: '^services/([^/]+)/src/domain/', pathNot: TEST_FILE },
      to: {
        pathNot: [
          '^services/$1/src/domain/',
          '^services/$1/src/(problems|tables)\\.ts$',
          '^libs/(money|ids|problem)/',
          // Words and forms that the whole bank shares.
          '^contracts/(enums|grants)\\.ts$',
        ],
      },
    },
    {
      name: 'domain-takes-only-row-types',
      comment: adr(4, 'tables.ts lends the domain the shape of a row, never a value'),
      severity: 'error',
      from: { path: '^services/([^/]+)/src/domain/', pathNot: TEST_FILE },
      to: { path: '^services/$1/src/tables\\.ts$', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'operation-imports-no-operation',
      comment: adr(5, 'an operation reads top to bottom; what two of them share moves to domain or store'),
      severity: 'error',
      // A folder's list of what it answers (`all.ts`) is read by the service alone.
      from: { path: '^services/[^/]+/src/operations/', pathNot: [TEST_FILE, '/all\\.ts$'] },
      to: { path: '^services/[^/]+/src/(operations/|service\\.ts$)' },
    },
    {
      name: 'driver-only-below-libs-sql',
      comment: adr(6, 'one place decides pools, roles, types and retries; pg-boss runs over it'),
      severity: 'error',
      from: { path: OUR_CODE, pathNot: '^libs/(sql|outbox|jobs)/' },
      to: { path: '(^|/)node_modules/(postgres|pg|pg-boss)/' },
    },
    {
      name: 'queries-only-where-the-beats-are',
      comment: adr(6, 'SQL is written in operations, reactions, jobs and store, so that it can be found'),
      severity: 'error',
      from: {
        path: '^services/[^/]+/src/',
        pathNot: [TEST_FILE, '^services/[^/]+/src/(operations|reactions|jobs|store)/'],
      },
      to: { path: '^libs/sql/' },
    },
    {
      name: 'frontend-imports-only-contracts',
      comment: adr(7, 'the web app knows what the world may ask, and its own generated client'),
      severity: 'error',
      from: { path: '^frontend/', pathNot: TEST_FILE },
      to: { path: '^(libs|services|platform|tools|bench)/' },
    },
    {
      name: 'testing-only-in-tests',
      comment: adr(8, 'nothing that a customer runs may carry fixtures or a throw-away server'),
      severity: 'error',
      // A benchmark opens and fills a bank with the tests' own verbs, and is shipped to nobody either.
      from: { path: OUR_CODE, pathNot: [...TEST_CODE, '^bench/'] },
      to: { path: ['^libs/testing/', '^libs/[^/]+/testing/', '^platform/testing/', '^services/[^/]+/testing/'] },
    },
    {
      name: 'no-barrels',
      comment: adr(9, 'an import names the file that answers; a barrel loads its neighbours and hides cycles'),
      severity: 'error',
      from: { path: OUR_CODE },
      to: { path: '(^|/)index\\.[cm]?[jt]sx?$', pathNot: 'node_modules' },
    },
    {
      name: 'verify-imports-only-itself',
      comment: adr(
        10,
        'who does not trust the bank checks it with code that shares nothing with it, and needs no package',
      ),
      severity: 'error',
      from: { path: '^verify/', pathNot: [TEST_FILE, '^verify/testing/'] },
      to: { pathNot: '^verify/', dependencyTypesNot: ['core'] },
    },
    {
      name: 'no-unresolved-import',
      comment: adr(0, 'a rule is blind where an import leads nowhere'),
      severity: 'error',
      from: { path: OUR_CODE },
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^frontend/dist' },
    tsPreCompilationDeps: true,
    combinedDependencies: false,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['node', 'import', 'require', 'types', 'default'],
      extensions: ['.ts', '.tsx', '.mts', '.js', '.mjs', '.cjs', '.json'],
    },
  },
}
