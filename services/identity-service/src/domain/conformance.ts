/** Whom a conformance suite signs in as; only the profile of that name has this user. */
export const CONFORMANCE_USER = 'conformance@demo.bankflow.test'
