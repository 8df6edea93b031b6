import {
  accountName,
  amountText,
  decimalOf,
  isOwn,
  type JournalFormat,
  legsOf,
  lineName,
  moreOf,
  openingName,
} from './journal-text.ts'

/** hledger (https://hledger.org/hledger.html#journal): `hledger check --strict` reads the file and checks every assertion in it. */
export const hledger: JournalFormat = {
  content_type: 'text/plain; charset=utf-8',
  extension: 'journal',
  head: ({ from, to, known_at, seal_no }) =>
    `; Journal ${from} to ${to}, as known at ${known_at ?? 'the beginning'} (seal ${seal_no})\n`,
  account(account, opening, { from }) {
    const name = accountName(account)
    const opened = isOwn(account) ? '' : `\naccount ${name}\n`
    return opening === 0n ? opened : `${opened}${openingEntry(name, opening, account.currency, from)}`
  },
  transaction(booked, accountOf) {
    const { business_date, value_date, ledger_transaction_id, transaction_id, business_event, reversal_of } = booked
    const lines = legsOf(booked, accountOf).map(([name, amount]) => `    ${name}  ${amount}`)
    const tags = [
      `value_date: ${value_date}`,
      `ledger_transaction_id: ${ledger_transaction_id}`,
      `transaction_id: ${transaction_id}`,
      `business_event: ${business_event}`,
      ...(reversal_of === null ? [] : [`reversal_of: ${reversal_of}`]),
      ...Object.entries(moreOf(booked)).map(([name, text]) => `${name}: ${text}`),
    ]
    const notes = tags.map((tag) => `    ; ${tag}\n`).join('')
    return `\n${business_date} * (${plain(booked.reference, /[()]/g)}) ${plain(booked.description)}\n${notes}${lines.join('\n')}\n`
  },
  tail(lines, { from, to }) {
    const currencies = [...new Set(lines.map((line) => line.currency))]
    return [
      '',
      ...currencies.map((code) => `commodity ${withPoint(decimalOf(1_000_000n, code))} ${code}`),
      ...lines.map((line) => `account ${lineName(line)}`),
      ...currencies.map((code) => `account ${openingName(code)}`),
      ...lines.flatMap((line) =>
        line.opening_rest === 0n ? [] : openingEntry(lineName(line), line.opening_rest, line.currency, from),
      ),
      '',
      `${to} the balances of every line at the end, with what is below it`,
      ...lines.map(
        (line) =>
          `    ${lineName(line)}  ${amountText(0n, line.currency)} =* ${amountText(line.closing, line.currency)}`,
      ),
      ...currencies.map((code) => `    ${openingName(code)}  ${amountText(0n, code)} =* ${amountText(0n, code)}`),
      '',
    ].join('\n')
  },
}

/** How a currency is written: a point stands in it also where there are no decimals. */
function withPoint(decimal: string): string {
  return decimal.includes('.') ? decimal : `${decimal}.`
}

function openingEntry(name: string, cents: bigint, currency: string, from: string): string {
  return `\n${from} * opening balance\n    ${name}  ${amountText(cents, currency)}\n    ${openingName(currency)}  ${amountText(-cents, currency)}\n`
}

/** Text that stays one line and begins no comment. */
function plain(text: string, more = /;/g): string {
  return text
    .replaceAll(/[\r\n]+/g, ' ')
    .replaceAll(';', ',')
    .replaceAll(more, ' ')
}
