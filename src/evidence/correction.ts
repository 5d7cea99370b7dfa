/** What an owner may have put right; a number that is another's number is another owner. */
export const CORRECTABLE = ['name', 'legal_representative', 'bank_account'] as const;

export type CorrectableField = (typeof CORRECTABLE)[number];
