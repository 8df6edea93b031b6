import Button from '@mui/material/Button'
import Snackbar from '@mui/material/Snackbar'
import { type ReactNode, useEffect, useState } from 'react'
import { Link } from 'react-router'
import { useAppDispatch } from '../../app/store.ts'
import { bankApi, useLazyListNotificationsQuery } from '../../services/bank-api.ts'
import { openNotices } from './notices-stream.ts'

/** Listens while somebody is signed in: shows the newest notice, and has what it is about asked for again. */
export function LiveNotices(): ReactNode {
  const dispatch = useAppDispatch()
  const [askNewest] = useLazyListNotificationsQuery()
  const [title, setTitle] = useState<string>()
  useEffect(
    () =>
      openNotices(async () => {
        dispatch(bankApi.util.invalidateTags(['notification', 'account', 'transaction']))
        const { data } = await askNewest({ limit: 1 })
        setTitle(data?.items[0]?.title)
      }),
    [dispatch, askNewest],
  )
  return (
    <Snackbar
      open={title !== undefined}
      autoHideDuration={6_000}
      onClose={(_, reason) => reason !== 'clickaway' && setTitle(undefined)}
      anchorOrigin={{ vertical: 'bottom', horizontal: 'center' }}
      message={title}
      action={
        <Button color="inherit" size="small" component={Link} to="/notifications" onClick={() => setTitle(undefined)}>
          Show
        </Button>
      }
      slotProps={{ content: { elevation: 6, role: 'status' } }}
    />
  )
}
