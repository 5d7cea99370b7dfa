/**
 * What people and attackers can do in the simulated world. No word in here of how anybody is
 * judged.
 */

export interface Device {
  readonly cookie: string;
  readonly traits: readonly number[];
  readonly contradictions?: number;
  /**
   * The key that its browser keeps and never gives away; null where it keeps none, or the page's
   * script does not run.
   */
  readonly key: string | null;
}

/** Somebody at a device, in a network. */
export interface Location {
  readonly device: Device;
  readonly network: string;
}

/**
 * What whoever sits there can show when asked: a factor that the account has had for days, and the
 * owner's face.
 */
export interface Hands {
  readonly factor: boolean;
  readonly face: boolean;
}

export interface Account {
  readonly id: string;
  readonly owner: string;
  readonly kind: 'personal' | 'enterprise';
}

export interface Try {
  readonly primary: Account;
  readonly sub: Account;
  readonly initiator: Location;
  readonly counterparty: Location;
  readonly seconds: number;
  readonly wrongCodes: number;
  readonly hands: { readonly initiator: Hands; readonly counterparty: Hands };
}

/**
 * What whoever tries comes to know, as in the service: it went through, it waits, or it was refused
 * or ended for want of proof.
 */
export type Answer = 'bound' | 'waits' | 'refused';

export type Family =
  | 'honest'
  | 'account_farm'
  | 'stolen_session'
  | 'sim_swap'
  | 'device_spoofing'
  | 'slow_farm'
  | 'money_mules'
  | 'code_phishing';

export interface World {
  /** Days from the start of the simulation. */
  readonly days: number;
  /** The day it is, with its fraction. */
  today(): number;
  /** Has `act` done at a day of the future (0.5 is noon of the first). */
  at(day: number, act: () => void): void;
  signIn(account: Account, location: Location): void;
  pay(account: Account, direction: 'in' | 'out', party: string, cents: number): void;
  attempt(family: Family, attempt: Try): Answer;
}

export const MINUTES = 1 / 1440;
