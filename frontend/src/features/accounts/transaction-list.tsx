import Box from '@mui/material/Box'
import Button from '@mui/material/Button'
import Chip from '@mui/material/Chip'
import List from '@mui/material/List'
import ListItem from '@mui/material/ListItem'
import Paper from '@mui/material/Paper'
import Skeleton from '@mui/material/Skeleton'
import Stack from '@mui/material/Stack'
import Typography from '@mui/material/Typography'
import { type ReactNode, useEffect, useState } from 'react'
import { Link, useSearchParams } from 'react-router'
import { Amount } from '../../components/amount.tsx'
import { EmptyState } from '../../components/empty-state.tsx'
import { ErrorSummary } from '../../components/error-summary.tsx'
import { formatDate } from '../../formats/dates.ts'
import { useListTransactionsQuery } from '../../services/bank-api.ts'
import type { Refusal } from '../../services/base-api.ts'
import { kindOf, stateOf, type Transaction, titleOf } from './account-words.ts'

const PAGE = 25

/** The history of an account, newest first, a page at a time; with `q` in the address only what has these words. */
export function TransactionList({ accountId }: { accountId: string }): ReactNode {
  const [params] = useSearchParams()
  const q = params.get('q') ?? ''
  const [cursors, setCursors] = useState<string[]>([])
  // biome-ignore lint/correctness/useExhaustiveDependencies: another search begins at its first page
  useEffect(() => setCursors([]), [accountId, q])
  const first = useListTransactionsQuery({ accountId, limit: PAGE, ...(q === '' ? {} : { q }) })
  if (first.error !== undefined) return <ErrorSummary refusal={first.error as Refusal} />
  if (first.data === undefined) return <Skeleton variant="rounded" height={320} />
  if (first.data.items.length === 0) return <Nothing isSearch={q !== ''} />
  const after = cursors.length === 0 ? first.data.next_cursor : null
  return (
    <Paper>
      <List disablePadding aria-label="Transactions">
        {first.data.items.map((item) => (
          <Row key={item.transaction_id} transaction={item} accountId={accountId} />
        ))}
        {cursors.map((cursor, i) => (
          <MoreRows
            key={cursor}
            accountId={accountId}
            cursor={cursor}
            q={q}
            onMore={i === cursors.length - 1 ? (next) => setCursors([...cursors, next]) : undefined}
          />
        ))}
      </List>
      {after !== null && <More onClick={() => setCursors([after])} />}
    </Paper>
  )
}

function Nothing({ isSearch }: { isSearch: boolean }): ReactNode {
  return isSearch ? (
    <EmptyState title="Nothing has these words">
      <Button component={Link} to="?">
        Show everything
      </Button>
    </EmptyState>
  ) : (
    <EmptyState title="Nothing has happened here yet" />
  )
}

interface MoreProps {
  accountId: string
  cursor: string
  q: string
  onMore: ((cursor: string) => void) | undefined
}

function MoreRows({ accountId, cursor, q, onMore }: MoreProps): ReactNode {
  const { data } = useListTransactionsQuery({ accountId, cursor, limit: PAGE, ...(q === '' ? {} : { q }) })
  if (data === undefined) return <Skeleton component="li" variant="rectangular" height={120} />
  const next = data.next_cursor
  return (
    <>
      {data.items.map((item) => (
        <Row key={item.transaction_id} transaction={item} accountId={accountId} />
      ))}
      {next !== null && onMore !== undefined && (
        <li>
          <More onClick={() => onMore(next)} />
        </li>
      )}
    </>
  )
}

function More({ onClick }: { onClick(): void }): ReactNode {
  return (
    <Box sx={{ p: 1, textAlign: 'center' }}>
      <Button onClick={onClick}>Show more</Button>
    </Box>
  )
}

function Row({ transaction, accountId }: { transaction: Transaction; accountId: string }): ReactNode {
  const direction = transaction.destination_account_id === accountId ? 'in' : 'out'
  const state = stateOf(transaction)
  return (
    <ListItem divider sx={{ display: 'block', px: 2, py: 1.25 }}>
      <Stack direction="row" spacing={2} sx={{ justifyContent: 'space-between', alignItems: 'baseline' }}>
        <Typography sx={{ overflowWrap: 'anywhere', minWidth: 0 }}>{titleOf(transaction)}</Typography>
        <Amount cents={transaction.amount_cents} currency={transaction.currency} direction={direction} />
      </Stack>
      <Stack direction="row" spacing={1} useFlexGap sx={{ alignItems: 'center', flexWrap: 'wrap' }}>
        <Typography variant="body2" color="textSecondary">
          {formatDate(transaction.value_date)} · {kindOf(transaction)} · {transaction.transaction_ref}
        </Typography>
        {state !== undefined && <Chip size="small" variant="outlined" label={state} />}
      </Stack>
    </ListItem>
  )
}
