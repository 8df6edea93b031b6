import Button from '@mui/material/Button'
import Typography from '@mui/material/Typography'
import type { ReactNode } from 'react'
import { Link } from 'react-router'
import { EmptyState } from '../components/empty-state.tsx'
import { usePageTitle } from '../components/page-title.ts'

export function NotFoundPage(): ReactNode {
  usePageTitle('Not found')
  return (
    <EmptyState title="There is no such page">
      <Typography color="textSecondary">The address may be mistyped, or the page has moved.</Typography>
      <Button component={Link} to="/" variant="contained">
        To your accounts
      </Button>
    </EmptyState>
  )
}
