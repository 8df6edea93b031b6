import AppBar from '@mui/material/AppBar'
import Badge from '@mui/material/Badge'
import Box from '@mui/material/Box'
import Button from '@mui/material/Button'
import Container from '@mui/material/Container'
import Toolbar from '@mui/material/Toolbar'
import type { ReactNode } from 'react'
import { Link, useLocation } from 'react-router'
import { HistoryBanner } from '../features/accounts/history-banner.tsx'
import { LiveNotices } from '../features/notifications/live-notices.tsx'
import { left } from '../features/session/session-slice.ts'
import { useListNotificationsQuery, useSignOutWebMutation } from '../services/bank-api.ts'
import { useAppDispatch } from './store.ts'

/** What stands around every page: where one is, what is new, the way out. */
export function Shell({ children }: { children: ReactNode }): ReactNode {
  return (
    <Box sx={{ minHeight: '100vh', bgcolor: 'background.default' }}>
      <Box
        component="a"
        href="#content"
        sx={{
          position: 'absolute',
          left: -9999,
          top: 8,
          p: 1,
          '&:focus': { left: 8, zIndex: 2000, bgcolor: 'background.paper' },
        }}
      >
        Skip to the content
      </Box>
      <Bar />
      <Container component="main" id="content" maxWidth="md" sx={{ py: 3 }} tabIndex={-1}>
        <HistoryBanner />
        {children}
      </Container>
      <LiveNotices />
    </Box>
  )
}

/** Four ways and a name fit beside each other at 360 px. */
const BAR = {
  gap: { xs: 0, sm: 1 },
  px: { xs: 0.5, sm: 2 },
  '& .MuiButton-root': { px: { xs: 0.75, sm: 1 }, minWidth: 44, whiteSpace: 'nowrap' },
} as const

function Bar(): ReactNode {
  const { pathname } = useLocation()
  const { data } = useListNotificationsQuery({ limit: 20 })
  const unread = data?.unread_count ?? 0
  return (
    <AppBar
      position="sticky"
      variant="elevation"
      color="default"
      elevation={0}
      sx={{ borderBottom: 1, borderColor: 'divider' }}
    >
      <Container maxWidth="md" disableGutters>
        <Toolbar component="nav" aria-label="Main" sx={BAR}>
          <Button
            component={Link}
            to="/"
            aria-current={pathname === '/' ? 'page' : undefined}
            sx={{ fontSize: '1.05rem' }}
          >
            BankFlow
          </Button>
          <Box sx={{ flexGrow: 1 }} />
          <Button component={Link} to="/transfer" aria-current={pathname === '/transfer' ? 'page' : undefined}>
            Transfer
          </Button>
          <Badge badgeContent={unread} color="primary" max={99} sx={{ '& .MuiBadge-badge': { top: 8, right: 4 } }}>
            <Button
              component={Link}
              to="/notifications"
              aria-label={unread === 0 ? 'Notices' : `Notices, ${unread} unread`}
              aria-current={pathname === '/notifications' ? 'page' : undefined}
            >
              Notices
            </Button>
          </Badge>
          <Button component={Link} to="/security" aria-current={pathname === '/security' ? 'page' : undefined}>
            Security
          </Button>
          <SignOut />
        </Toolbar>
      </Container>
    </AppBar>
  )
}

function SignOut(): ReactNode {
  const dispatch = useAppDispatch()
  const [signOut, { isLoading }] = useSignOutWebMutation()
  return (
    <Button
      color="inherit"
      loading={isLoading}
      onClick={async () => {
        await signOut()
        dispatch(left())
      }}
    >
      Sign out
    </Button>
  )
}
