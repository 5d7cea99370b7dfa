/**
 * The actions of people and attackers in the simulated world. It knows nothing of how attempts are
 * evaluated.
 */

export interface Device {
  readonly cookie: string;
  readonly traits: readonly number[];
  readonly contradictions?: number;
  /**
   * The key that its browser keeps secret. Null if the browser keeps none, or the page's script
   * does not run.
   */
  readonly key: string | null;
}

/** A person at a device, in a network. */
export interface Location {
  readonly device: Device;
  readonly network: string;
}

/**
 * The proofs that the person at the device can give: an established factor of the account, and the
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
 * What the person who tries is told, as in the service. The attempt was bound, waits, was refused,
 * or ended without proof.
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
  /** The current day, with its fraction. */
  today(): number;
  /** Schedules `act` for a future day (0.5 is noon of the first). */
  at(day: number, act: () => void): void;
  signIn(account: Account, location: Location): void;
  pay(account: Account, direction: 'in' | 'out', party: string, cents: number): void;
  attempt(family: Family, attempt: Try): Answer;
}

export const MINUTES = 1 / 1440;
