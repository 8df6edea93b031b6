import Button from '@mui/material/Button'
import Chip from '@mui/material/Chip'
import Link from '@mui/material/Link'
import Paper from '@mui/material/Paper'
import Stack from '@mui/material/Stack'
import Typography from '@mui/material/Typography'
import { type ReactNode, useState } from 'react'
import { Link as RouterLink, useParams, useSearchParams } from 'react-router'
import { Amount } from '../../components/amount.tsx'
import { ErrorSummary } from '../../components/error-summary.tsx'
import { Field } from '../../components/field.tsx'
import { usePageTitle } from '../../components/page-title.ts'
import { useGetAccountBalanceQuery, useGetAccountQuery, useListStatementsQuery } from '../../services/bank-api.ts'
import type { Refusal } from '../../services/base-api.ts'
import { nameOf, STATUS_WORDS } from './account-words.ts'
import { TransactionList } from './transaction-list.tsx'

/** One account: its balances, its statements, its history with a search that lives in the address. */
export function AccountPage(): ReactNode {
  const { accountId = '' } = useParams()
  const { data: account, error } = useGetAccountQuery({ accountId })
  usePageTitle(account === undefined ? 'Account' : nameOf(account))
  if (error !== undefined) return <ErrorSummary refusal={error as Refusal} />
  return (
    <Stack spacing={3}>
      <Stack spacing={0.5}>
        <Link component={RouterLink} to="/">
          All accounts
        </Link>
        <Typography variant="h1" tabIndex={-1}>
          {account === undefined ? 'Account' : nameOf(account)}
        </Typography>
        <Typography color="textSecondary">{account?.account_number}</Typography>
        {account !== undefined && account.status !== 'ACTIVE' && (
          <Chip label={STATUS_WORDS[account.status]} color="warning" variant="outlined" sx={{ alignSelf: 'start' }} />
        )}
      </Stack>
      <Balances accountId={accountId} />
      <Statements accountId={accountId} />
      <Stack spacing={1.5}>
        <Typography variant="h2">History</Typography>
        <Search />
        <TransactionList accountId={accountId} />
      </Stack>
    </Stack>
  )
}

function Balances({ accountId }: { accountId: string }): ReactNode {
  const { data } = useGetAccountBalanceQuery({ accountId })
  const rows = [
    ['Available', data?.available_balance_cents],
    ['Booked', data?.ledger_balance_cents],
    ['Reserved', data?.pending_balance_cents],
  ] as const
  return (
    <Paper sx={{ p: 2 }}>
      <Stack component="dl" direction="row" spacing={4} useFlexGap sx={{ m: 0, flexWrap: 'wrap', rowGap: 1 }}>
        {rows.map(([label, cents]) => (
          <Stack key={label} sx={{ minHeight: 52 }}>
            <Typography component="dt" variant="body2" color="textSecondary">
              {label}
            </Typography>
            <Typography component="dd" sx={{ m: 0 }}>
              {cents !== undefined && data !== undefined && (
                <Amount cents={cents} currency={data.currency} variant={label === 'Available' ? 'h2' : 'body1'} />
              )}
            </Typography>
          </Stack>
        ))}
      </Stack>
    </Paper>
  )
}

function Statements({ accountId }: { accountId: string }): ReactNode {
  const { data } = useListStatementsQuery({ accountId, limit: 6 })
  if (data === undefined || data.items.length === 0) return null
  return (
    <Stack spacing={1}>
      <Typography variant="h2">Statements</Typography>
      <Stack direction="row" useFlexGap sx={{ flexWrap: 'wrap', gap: 1 }}>
        {data.items.map(({ statement_id, from }) => (
          <Button
            key={statement_id}
            size="small"
            variant="outlined"
            href={`/api/v1/accounts/${accountId}/statements/${statement_id}?format=pdf`}
            download
          >
            {new Intl.DateTimeFormat(undefined, { month: 'long', year: 'numeric', timeZone: 'UTC' }).format(
              new Date(`${from}T00:00:00Z`),
            )}{' '}
            (PDF)
          </Button>
        ))}
      </Stack>
    </Stack>
  )
}

/** The words looked for stand in the address: a reload, Back and a copied link show the same. */
function Search(): ReactNode {
  const [params, setParams] = useSearchParams()
  const [typed, setTyped] = useState(params.get('q') ?? '')
  return (
    <Stack
      component="form"
      role="search"
      direction="row"
      spacing={1}
      sx={{ alignItems: 'end' }}
      onSubmit={(event) => {
        event.preventDefault()
        setParams(typed.trim() === '' ? {} : { q: typed.trim() })
      }}
    >
      <Field
        id="search"
        label="Search this history"
        type="search"
        size="small"
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
      />
      <Button type="submit" variant="outlined">
        Search
      </Button>
    </Stack>
  )
}
