/** Deposits are what the bank owes its customers: one account each, under the id of the customer's account. */
export const CUSTOMER_DEPOSITS = { gl_code: 'CUSTOMER_DEPOSITS' } as const
