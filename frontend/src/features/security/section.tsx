import Box from '@mui/material/Box'
import List from '@mui/material/List'
import ListItem from '@mui/material/ListItem'
import Paper from '@mui/material/Paper'
import Skeleton from '@mui/material/Skeleton'
import Stack from '@mui/material/Stack'
import Typography from '@mui/material/Typography'
import { type ReactNode, useId } from 'react'
import { ErrorSummary } from '../../components/error-summary.tsx'

interface SectionProps {
  title: string
  /** What it is for, in a sentence. */
  about: string
  /** The refusal of what it shows, as the client says it. */
  error?: unknown
  isLoading?: boolean
  action?: ReactNode
  children: ReactNode
}

/** One part of the security page: what it is, what there is, what one can do. */
export function Section({ title, about, error, isLoading, action, children }: SectionProps): ReactNode {
  const id = useId()
  return (
    <Paper component="section" aria-labelledby={id}>
      <Stack spacing={2} sx={{ p: 2 }}>
        <div>
          <Typography id={id} variant="h2">
            {title}
          </Typography>
          <Typography color="textSecondary">{about}</Typography>
        </div>
        <ErrorSummary refusal={error as Parameters<typeof ErrorSummary>[0]['refusal']} />
        {isLoading === true ? <Skeleton variant="rounded" height={64} /> : children}
        {isLoading !== true && action !== undefined && action !== false && (
          <Stack direction="row" spacing={1} useFlexGap sx={{ flexWrap: 'wrap' }}>
            {action}
          </Stack>
        )}
      </Stack>
    </Paper>
  )
}

/** Rows of a section, with a line between two. */
export function Rows({ label, children }: { label: string; children: ReactNode }): ReactNode {
  return (
    <List disablePadding aria-label={label}>
      {children}
    </List>
  )
}

interface RowProps {
  title: ReactNode
  /** One line each. */
  lines: readonly ReactNode[]
  actions?: ReactNode
}

/** What one thing is, and what can be done to it; the buttons go below where there is no room beside. */
export function Row({ title, lines, actions }: RowProps): ReactNode {
  return (
    <ListItem divider sx={{ px: 0, py: 1, gap: 1, flexWrap: 'wrap', '&:last-child': { borderBottom: 0 } }}>
      <Box sx={{ flex: '1 1 260px', minWidth: 0 }}>
        <Typography sx={{ fontWeight: 500, overflowWrap: 'anywhere' }} component="div">
          {title}
        </Typography>
        {lines.map((line, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: lines of one thing never change places
          <Typography key={index} variant="body2" color="textSecondary" component="div">
            {line}
          </Typography>
        ))}
      </Box>
      {actions !== undefined && (
        <Stack direction="row" sx={{ flexWrap: 'wrap', ml: -1, '& .MuiButton-root': { minWidth: 44 } }}>
          {actions}
        </Stack>
      )}
    </ListItem>
  )
}
