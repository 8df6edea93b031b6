import Button from '@mui/material/Button'
import Card from '@mui/material/Card'
import CardActionArea from '@mui/material/CardActionArea'
import Chip from '@mui/material/Chip'
import Skeleton from '@mui/material/Skeleton'
import Stack from '@mui/material/Stack'
import Typography from '@mui/material/Typography'
import type { ReactNode } from 'react'
import { Link } from 'react-router'
import { useAppSelector } from '../../app/store.ts'
import { Amount } from '../../components/amount.tsx'
import { EmptyState } from '../../components/empty-state.tsx'
import { ErrorSummary } from '../../components/error-summary.tsx'
import { usePageTitle } from '../../components/page-title.ts'
import { useGetAccountBalanceQuery, useListAccountsQuery } from '../../services/bank-api.ts'
import type { Refusal } from '../../services/base-api.ts'
import { type Account, nameOf, STATUS_WORDS } from './account-words.ts'

/** The signed-in customer's accounts with what is on them. */
export function HomePage(): ReactNode {
  usePageTitle('Your accounts')
  const user = useAppSelector((state) => state.session.user)
  const isCustomer = user?.customer_id !== null
  const { data, error, isLoading } = useListAccountsQuery({ limit: 50 }, { skip: !isCustomer })
  const accounts = data?.items.filter((account) => account.status !== 'CLOSED') ?? []
  return (
    <Stack spacing={2}>
      <Typography variant="h1" tabIndex={-1}>
        {user === undefined ? 'Your accounts' : `Hello, ${user.first_name}`}
      </Typography>
      <ErrorSummary refusal={error as Refusal | undefined} />
      {isLoading && [1, 2].map((row) => <Skeleton key={row} variant="rounded" height={92} />)}
      {accounts.map((account) => (
        <AccountCard key={account.account_id} account={account} />
      ))}
      {!isCustomer && (
        <EmptyState title="You are signed in as staff">
          <Typography color="textSecondary">
            The staff's portal is not a part of this page. The API is at /api/v1/docs.
          </Typography>
        </EmptyState>
      )}
      {data !== undefined && accounts.length === 0 && (
        <EmptyState title="You have no account yet">
          <Typography color="textSecondary">
            An account is opened for you when your profile is complete, and can be used when we have verified who you
            are.
          </Typography>
        </EmptyState>
      )}
      {accounts.some((account) => account.status === 'ACTIVE') && (
        <Button component={Link} to="/transfer" variant="contained" sx={{ alignSelf: 'start' }}>
          Send money
        </Button>
      )}
    </Stack>
  )
}

function AccountCard({ account }: { account: Account }): ReactNode {
  const { data: balance } = useGetAccountBalanceQuery({ accountId: account.account_id })
  return (
    <Card>
      <CardActionArea component={Link} to={`/accounts/${account.account_id}`} sx={{ p: 2 }}>
        <Stack direction="row" spacing={2} sx={{ alignItems: 'center' }}>
          <Stack sx={{ flexGrow: 1, minWidth: 0 }}>
            <Typography variant="h2" noWrap>
              {nameOf(account)}
            </Typography>
            <Typography color="textSecondary">{account.account_number}</Typography>
            {account.status !== 'ACTIVE' && (
              <Chip
                size="small"
                label={STATUS_WORDS[account.status]}
                color="warning"
                variant="outlined"
                sx={{ alignSelf: 'start', mt: 0.5 }}
              />
            )}
          </Stack>
          <Stack sx={{ alignItems: 'end' }}>
            {balance === undefined ? (
              <Skeleton width={110} height={32} />
            ) : (
              <>
                <Amount cents={balance.available_balance_cents} currency={balance.currency} variant="h2" />
                <Typography variant="body2" color="textSecondary">
                  available
                </Typography>
              </>
            )}
          </Stack>
        </Stack>
      </CardActionArea>
    </Card>
  )
}
