/**
 * What may still run while a new version is rolled out: the last release. Its commit is where its code is taken from, where history reaches back
 * so far, and its migrations are those that must not be judged again. Both are moved on with every release.
 */
export const LAST_RELEASE = {
  commit: '367ad09a98058424bddbc2533fb259eb13d43dc6',
  /** The highest migration of each folder. */
  migrations: {
    'libs/sql': 4,
    'libs/outbox': 8,
    'libs/http': 2,
    'libs/jobs': 2,
    'libs/service': 1,
    'services/account-service': 4,
    'services/admin-service': 3,
    'services/audit-service': 2,
    'services/customer-service': 1,
    'services/fraud-service': 2,
    'services/identity-service': 12,
    'services/ledger-service': 11,
    'services/notification-service': 4,
    'services/transaction-service': 5,
  } as Readonly<Record<string, number>>,
} as const
