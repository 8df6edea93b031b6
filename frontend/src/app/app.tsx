import CssBaseline from '@mui/material/CssBaseline'
import { ThemeProvider } from '@mui/material/styles'
import { lazy, type ReactNode, Suspense } from 'react'
import { Route, Routes } from 'react-router'
import { SessionGate } from '../features/session/session-gate.tsx'
import { NotFoundPage } from './not-found-page.tsx'
import { Shell } from './shell.tsx'
import { theme } from './theme.ts'

const HomePage = lazy(() => import('../features/accounts/home-page.tsx').then((m) => ({ default: m.HomePage })))
const AccountPage = lazy(() =>
  import('../features/accounts/account-page.tsx').then((m) => ({ default: m.AccountPage })),
)
const TransferPage = lazy(() =>
  import('../features/transfer/transfer-page.tsx').then((m) => ({ default: m.TransferPage })),
)
const NotificationsPage = lazy(() =>
  import('../features/notifications/notifications-page.tsx').then((m) => ({ default: m.NotificationsPage })),
)
const SecurityPage = lazy(() =>
  import('../features/security/security-page.tsx').then((m) => ({ default: m.SecurityPage })),
)
const MailboxPage = lazy(() => import('../features/mailbox/mailbox-page.tsx').then((m) => ({ default: m.MailboxPage })))

/** Every page of the web app. The mailbox is the sandbox's, and needs nobody signed in. */
export function App(): ReactNode {
  return (
    <ThemeProvider theme={theme}>
      <CssBaseline />
      <Suspense fallback={null}>
        <Routes>
          <Route path="/mailbox" element={<MailboxPage />} />
          <Route
            path="*"
            element={
              <SessionGate>
                <Shell>
                  <Routes>
                    <Route path="/" element={<HomePage />} />
                    <Route path="/accounts/:accountId" element={<AccountPage />} />
                    <Route path="/transfer" element={<TransferPage />} />
                    <Route path="/notifications" element={<NotificationsPage />} />
                    <Route path="/security" element={<SecurityPage />} />
                    <Route path="*" element={<NotFoundPage />} />
                  </Routes>
                </Shell>
              </SessionGate>
            }
          />
        </Routes>
      </Suspense>
    </ThemeProvider>
  )
}
